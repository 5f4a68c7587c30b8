#!/bin/sh
# Brings the tables of the Temporal server's two databases on PostgreSQL, temporal and temporal_visibility, up to the version of this
# image; safe to repeat, and what an upgrade of the server needs before its new version starts. The databases are there already, and
# belong to the user: see ../postgres/make-roles.sh.
#
# Environment: POSTGRES_SEEDS (host), DB_PORT, POSTGRES_USER, SQL_PASSWORD.
set -eu
: "${POSTGRES_SEEDS:?the host of PostgreSQL}" "${POSTGRES_USER:?its user}" "${SQL_PASSWORD:?the password of that user}"

schemas=${TEMPORAL_SCHEMAS:-/etc/temporal/schema}/postgresql/v12

for database in temporal temporal_visibility; do
  sql() {
    temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_SEEDS" --port "${DB_PORT:-5432}" \
      --user "$POSTGRES_USER" --db "$database" "$@"
  }
  # Version 0.0 makes the table that holds the version, and nothing else; a database that has one is left as it is.
  sql setup-schema --version 0.0
  sql update-schema --schema-dir "$schemas/${database#temporal_}/versioned"
done
