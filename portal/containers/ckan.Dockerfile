# CKAN's own image, with the extensions, the settings and the metadata fields of this portal.
FROM ckan/ckan-base:2.12.0
USER root
COPY ckan/requirements.in /tmp/
RUN grep --invert-match '^ckan\[' /tmp/requirements.in > /tmp/extensions.txt \
 && pip install --no-cache-dir --requirement /tmp/extensions.txt
COPY --chown=ckan:ckan-sys ckan/common.ini ckan/gd.ini ckan/gd-catalogue.yaml ${APP_DIR}/
COPY --chown=ckan:ckan-sys ckan/extension ${APP_DIR}/extension
ENV PYTHONPATH=${APP_DIR}/extension
COPY containers/secrets.sh /docker-entrypoint.d/
USER ckan
RUN ckan config-tool ${CKAN_INI} --file ${APP_DIR}/common.ini \
 && ckan config-tool ${CKAN_INI} --file ${APP_DIR}/gd.ini
