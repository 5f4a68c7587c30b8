#!/bin/sh
# Migrates the two databases of the Temporal server, temporal and temporal_visibility, to the version of this image. Safe to repeat. Run
# it before a new version of the server starts. ../postgres/make-roles.sh creates the databases and their user.
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
  # Version 0.0 creates the version table only. It changes nothing where that table exists.
  sql setup-schema --version 0.0
  sql update-schema --schema-dir "$schemas/${database#temporal_}/versioned"
done
