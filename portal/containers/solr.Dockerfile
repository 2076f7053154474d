# CKAN's own Solr image, with text types that know Thai words put into its schema.
FROM ckan/ckan-base:2.12.0 AS schema
COPY solr_schema.py solr/gd/text-types.xml /tmp/
RUN python3 /tmp/solr_schema.py ${SRC_DIR}/ckan/ckan/config/solr/schema.xml /tmp/text-types.xml > /tmp/schema.xml

FROM ckan/ckan-solr:2.12-solr9
# ICU comes with Solr and is switched on by name.
ENV SOLR_MODULES=analysis-extras
COPY --from=schema --chmod=644 /tmp/schema.xml ${SOLR_SCHEMA_FILE}
COPY --chmod=644 solr/gd/synonyms.txt solr/protwords.txt solr/stopwords.txt ${SOLR_CONFIG_DIR}/ckan/conf/
