#include "store/store.h"

int store_instance_create(struct pg *pg, const struct hash_key *name_key, struct err *err)
{
	return pg_query(pg, "INSERT INTO instance (name_key) VALUES ($1)",
			PG_VALUES(PG_BYTES(((struct text){ (const char *)name_key,
							   sizeof(*name_key) }))),
			NULL, err);
}

int store_instance_read(struct pg *pg, struct hash_key *ret_name_key, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct text key;
	int r = pg_query_one(pg, "SELECT name_key FROM instance", PG_NO_VALUES, &result, err);

	if (r < 0)
		return r;
	key = pg_text(result, 0, 0);
	if (key.length != sizeof(*ret_name_key))
		return err_set(err, ERR_DATABASE, "the instance's name key is not 16 bytes long");
	memcpy(ret_name_key, key.bytes, sizeof(*ret_name_key));
	return 0;
}

int store_totals_read(struct pg *pg, struct store_totals *ret_totals, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(
		pg,
		"SELECT (SELECT count(*) FROM contractor WHERE active),"
		" (SELECT count(*) FROM system WHERE active),"
		" b.batches, b.events, b.rejects, d.duplicates,"
		" (SELECT count(*) FROM violation), d.refused,"
		" b.first_event, b.last_event, d.last_delivery "
		"FROM (SELECT count(*) AS batches, coalesce(sum(accepted), 0)::bigint AS events,"
		"       coalesce(sum(rejected), 0)::bigint AS rejects,"
		"       min(first_event) AS first_event, max(last_event) AS last_event"
		"      FROM batch) b,"
		"     (SELECT coalesce(sum(duplicates), 0)::bigint AS duplicates,"
		"       count(*) FILTER (WHERE outcome = 'refused') AS refused,"
		"       max(received_at) AS last_delivery FROM delivery) d",
		PG_NO_VALUES, &result, err);

	if (r < 0)
		return r;
	*ret_totals = (struct store_totals){
		.contractors = pg_number(result, 0, 0),
		.systems = pg_number(result, 0, 1),
		.batches = pg_number(result, 0, 2),
		.events = pg_number(result, 0, 3),
		.rejects = pg_number(result, 0, 4),
		.duplicates = pg_number(result, 0, 5),
		.violations = pg_number(result, 0, 6),
		.refused = pg_number(result, 0, 7),
		.first_event = pg_moment(result, 0, 8),
		.last_event = pg_moment(result, 0, 9),
		.last_delivery = pg_moment(result, 0, 10),
	};
	return 0;
}
