#include "store/store.h"

/* Contractors ----------------------------------------------------------------- */

int store_contractor_add(struct pg *pg, const char *code, const char *name, bool is_unsigned,
			 const char *who, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
	struct err failure = { 0 };
	int r = pg_begin(pg, &transaction, err);

	if (r < 0)
		return r;
	r = pg_query(pg,
		     "WITH next AS (INSERT INTO counter VALUES ('contractor', 1)"
		     "  ON CONFLICT (name) DO UPDATE SET value = counter.value + 1"
		     "  RETURNING value) "
		     "INSERT INTO contractor (id, code, name, unsigned, created_by) "
		     "SELECT value, $1, $2, $3, $4 FROM next",
		     PG_VALUES(PG_STRING(code), PG_STRING(name), PG_BOOL(is_unsigned),
			       PG_STRING(who)),
		     NULL, &failure);
	if (r < 0 && strcmp(failure.sqlstate, "23505") == 0)
		return err_set(err, ERR_REFUSED, "contractor %s is enrolled already", code);
	if (r < 0) {
		if (err)
			*err = failure;
		return r;
	}
	return pg_commit(&transaction, err);
}

int store_contractor_close(struct pg *pg, const char *code, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, "UPDATE contractor SET active = false WHERE code = $1 AND active",
			 PG_VALUES(PG_STRING(code)), &result, err);

	if (r < 0)
		return r;
	if (pg_affected(result) == 0)
		return err_set(err, ERR_NEGATIVE, "no contractor %s is enrolled", code);
	return 0;
}

int store_contractors(struct pg *pg, const char *code, store_contractor_function *row,
		      void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT id, code, name, unsigned, active, created_at, created_by,"
			 " (SELECT count(*) FROM system s"
			 "  WHERE s.contractor_id = c.id AND s.active) "
			 "FROM contractor c WHERE $1::text IS NULL OR code = $1 ORDER BY code",
			 PG_VALUES(PG_STRING(code)), &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_contractor contractor = {
			.id = (int32_t)pg_number(result, i, 0),
			.code = pg_string(result, i, 1),
			.name = pg_string(result, i, 2),
			.is_unsigned = pg_bool(result, i, 3),
			.active = pg_bool(result, i, 4),
			.created = pg_moment(result, i, 5),
			.created_by = pg_string(result, i, 6),
			.systems = pg_number(result, i, 7),
		};
		r = row(context, &contractor, err);
	}
	return r;
}

static int contractor_noted(void *context, const struct store_contractor *row UNUSED,
			    struct err *err UNUSED)
{
	*(bool *)context = true;
	return 0;
}

int store_contractor_check(struct pg *pg, const char *code, struct err *err)
{
	bool found = false;
	int r = store_contractors(pg, code, contractor_noted, &found, err);

	return r == 0 && !found ?
		       err_set(err, ERR_NEGATIVE, "there is no contractor %s", code) : r;
}

/* Systems ---------------------------------------------------------------------- */

/* The contractor's row is locked so that two cannot take the same number. */
static int contractor_lock(struct pg *pg, const char *code, int32_t *ret_id, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, "SELECT id, active FROM contractor WHERE code = $1 FOR UPDATE",
			 PG_VALUES(PG_STRING(code)), &result, err);

	if (r < 0)
		return r;
	if (pg_rows(result) == 0)
		return err_set(err, ERR_NEGATIVE,
			       "no contractor %s is enrolled; first: muster contractor add %s", code,
			       code);
	if (!pg_bool(result, 0, 1))
		return err_set(err, ERR_REFUSED, "contractor %s is closed", code);
	*ret_id = (int32_t)pg_number(result, 0, 0);
	return 0;
}

int store_system_add(struct pg *pg, const struct store_system *system, const char *who,
		     struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
	struct err failure = { 0 };
	int32_t contractor = 0;
	int r = pg_begin(pg, &transaction, err);

	if (r == 0)
		r = contractor_lock(pg, system->contractor, &contractor, err);
	if (r < 0)
		return r;
	r = pg_query(pg,
		     "INSERT INTO system"
		     " (contractor_id, id, name, format, every_seconds,"
		     " timezone, zone_data, created_by) "
		     "SELECT $1, coalesce(max(id), 0) + 1, $2, $3, nullif($4::bigint, 0), $5, $6,"
		     " $7 FROM system WHERE contractor_id = $1",
		     PG_VALUES(PG_NUMBER(contractor), PG_STRING(system->name),
			       PG_STRING(system->format), PG_NUMBER(system->every),
			       PG_STRING(system->timezone),
			       PG_BYTES(system->zone.length ? system->zone : TEXT_NONE),
			       PG_STRING(who)),
		     NULL, &failure);
	if (r < 0 && strcmp(failure.sqlstate, "23505") == 0)
		return err_set(err, ERR_REFUSED, "system %s/%s is enrolled already",
			       system->contractor, system->name);
	if (r < 0) {
		if (err)
			*err = failure;
		return r;
	}
	return pg_commit(&transaction, err);
}

int store_system_close(struct pg *pg, const char *contractor, const char *name,
		       struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "UPDATE system s SET active = false FROM contractor c "
			 "WHERE c.id = s.contractor_id AND c.code = $1 AND s.name = $2 AND s.active",
			 PG_VALUES(PG_STRING(contractor), PG_STRING(name)), &result, err);

	if (r < 0)
		return r;
	if (pg_affected(result) == 0)
		return err_set(err, ERR_NEGATIVE, "no system %s/%s is enrolled", contractor, name);
	return 0;
}

static int systems_tell(const struct pg_result *result, store_system_function *row,
			void *context, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_system system = {
			.contractor_id = (int32_t)pg_number(result, i, 0),
			.id = (int32_t)pg_number(result, i, 1),
			.contractor = pg_string(result, i, 2),
			.name = pg_string(result, i, 3),
			.format = pg_string(result, i, 4),
			.timezone = pg_string(result, i, 5),
			.every = pg_number(result, i, 6),
			.zone = pg_text(result, i, 7),
			.active = pg_bool(result, i, 8),
			.is_unsigned = pg_bool(result, i, 9),
			.created = pg_moment(result, i, 10),
			.created_by = pg_string(result, i, 11),
			.last_delivery = pg_moment(result, i, 12),
		};
		r = row(context, &system, err);
	}
	return r;
}

int store_systems(struct pg *pg, const char *contractor, store_system_function *row,
		  void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT s.contractor_id, s.id, c.code, s.name, s.format, s.timezone,"
			 " s.every_seconds, NULL::bytea, s.active, c.unsigned, s.created_at,"
			 " s.created_by, (SELECT max(d.received_at) FROM delivery d"
			 "  WHERE d.contractor_id = s.contractor_id AND d.system_id = s.id) "
			 "FROM system s JOIN contractor c ON c.id = s.contractor_id "
			 "WHERE $1::text IS NULL OR c.code = $1 ORDER BY c.code, s.name",
			 PG_VALUES(PG_STRING(contractor)), &result, err);

	return r < 0 ? r : systems_tell(result, row, context, err);
}

int store_enrolment(struct pg *pg, store_system_function *row, void *context,
		    struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT c.id, coalesce(s.id, 0), c.code, s.name, s.format, s.timezone,"
			 " s.every_seconds, s.zone_data, s.active, c.unsigned, s.created_at,"
			 " s.created_by, NULL::timestamptz "
			 "FROM contractor c LEFT JOIN system s"
			 " ON s.contractor_id = c.id AND s.active "
			 "WHERE c.active ORDER BY c.id, s.id",
			 PG_NO_VALUES, &result, err);

	return r < 0 ? r : systems_tell(result, row, context, err);
}
