-- CKAN's two databases and their users, made anew; the passwords come from the environment.
\getenv writer PORTAL_WRITER
\getenv reader PORTAL_READER
DROP DATABASE IF EXISTS ckan;
DROP DATABASE IF EXISTS datastore;
DROP ROLE IF EXISTS ckan;
DROP ROLE IF EXISTS datastore;
CREATE ROLE ckan LOGIN PASSWORD :'writer';
CREATE ROLE datastore LOGIN PASSWORD :'reader';
CREATE DATABASE ckan OWNER ckan;
CREATE DATABASE datastore OWNER ckan;
