import java.nio.file.Path;
import java.util.Properties;
import org.apache.solr.embedded.JettyConfig;
import org.apache.solr.embedded.JettySolrRunner;

/** Serves a Solr home on 127.0.0.1 until it is ended: java -cp 'lib/*' Serve.java HOME PORT. */
public final class Serve {
  public static void main(String[] words) throws Exception {
    System.setProperty("host", "127.0.0.1");
    System.setProperty("solr.jetty.host", "127.0.0.1");
    JettyConfig config =
        JettyConfig.builder()
            .setContext("/solr")
            .setPort(Integer.parseInt(words[1]))
            .stopAtShutdown(true)
            .build();
    new JettySolrRunner(Path.of(words[0]).toString(), new Properties(), config).start();
    Thread.currentThread().join();
  }
}
