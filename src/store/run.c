/* Runs in the books, the violations they are, and their evidence. */
#include "store/run.h"
#include "store/suppression.h"

#include <stdio.h>

#define EVIDENCE_MOST 10000
#define VALUE_SHOWN 300u

/* One run and the group it is of. */
struct place {
	struct store_batch *batch;
	const struct correlation *correlation;
	struct text key;
	struct pg_value contractor;
};

static struct place place_of(struct store_batch *batch, const struct hit_change *change)
{
	return (struct place){
		batch, batch->correlated->known.list[change->group->correlation],
		change->group->key, PG_NUMBER(batch->delivery->contractor_id)
	};
}

static int out_of_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "runs");
}

/* Correlations above ----------------------------------------------------------------- */

static int touch(const struct place *p, uint32_t correlation, struct text key, int64_t time,
		 struct err *err)
{
	struct hit_group *group = correlated_group(p->batch->correlated, correlation, key);
	if (!group)
		return out_of_memory(err);
	hit_group_touch(group, time);
	return 0;
}

/* The place of a correlation over this one, by its number in the books. */
static bool upper_of(const struct place *p, int64_t id, uint32_t *ret_place)
{
	for (size_t i = 0; i < p->correlation->upper_count; i++) {
		*ret_place = p->correlation->uppers[i].correlation;
		if (p->batch->correlated->known.list[*ret_place]->id == id)
			return true;
	}
	return false;
}

static int forget_above(const struct place *p, int64_t first, struct err *err)
{
	CLEAN(pg_result) struct pg_result *gone = NULL;
	if (p->correlation->upper_count == 0)
		return 0;
	int done = pg_query(p->batch->pg,
		"DELETE FROM run_hit WHERE contractor_id = $1 AND of_correlation = $2"
		" AND of_group = $3 AND of_first = $4 RETURNING correlation_id, group_key, time",
		PG_VALUES(p->contractor, PG_NUMBER(p->correlation->id), PG_BYTES(p->key),
			  PG_MOMENT(first)), &gone, err);
	for (size_t row = 0; done == 0 && row < pg_rows(gone); row++) {
		uint32_t place;
		if (upper_of(p, pg_number(gone, row, 0), &place))
			done = touch(p, place, pg_text(gone, row, 1), pg_moment(gone, row, 2), err);
	}
	return done;
}

static uint64_t take(struct text *rest, size_t size)
{
	uint64_t n = 0;
	for (size_t i = 0; i < size; i++)
		n = n << 8 | (unsigned char)rest->bytes[i];
	*rest = text_skip(*rest, size);
	return n;
}

struct chained {
	uint64_t value;
	uint32_t lower, upper, position;
	struct text key;
};

static bool next_chained(struct text *rest, struct chained *ret)
{
	if (rest->length < 24)
		return false;
	ret->value = take(rest, 8);
	ret->lower = (uint32_t)take(rest, 4);
	ret->upper = (uint32_t)take(rest, 4);
	ret->position = (uint32_t)take(rest, 4);
	ret->key = text_head(*rest, 8 * (size_t)take(rest, 4));
	ret->key.bytes = rest->bytes;
	*rest = text_skip(*rest, ret->key.length);
	return true;
}

static void pack_with_batch(const struct held_hit *hit, struct buffer *out)
{
	buffer_reset(out);
	buffer_add_be64(out, (uint64_t)hit->batch);
	held_hit_pack(hit, out);
}

/* Rows to be ------------------------------------------------------------------------- */

/* Of run; its key and the hit with which it became true follow. */
struct new_run {
	int64_t first, last, count, violation;
	int32_t correlation, level, evidence;
	uint32_t key, became;      /* bytes */
};

/* Of run_hit; its key, that of the run below, and the hit follow. */
struct new_run_hit {
	int64_t time, of_first;
	int32_t correlation, of_correlation, position;
	uint32_t key, of_group, hit; /* bytes */
};

static struct text next_text(struct text *rest, uint32_t length)
{
	struct text t = text_head(*rest, length);
	*rest = text_skip(*rest, length);
	return t;
}

static void copy_run(struct pg_copy *copy, int32_t contractor, struct text *rest)
{
	struct new_run run;
	memcpy(&run, rest->bytes, sizeof(run));
	*rest = text_skip(*rest, sizeof(run));
	pg_copy_row(copy, 10);
	pg_copy_integer(copy, contractor);
	pg_copy_integer(copy, run.correlation);
	pg_copy_text(copy, next_text(rest, run.key));
	pg_copy_moment(copy, run.first);
	pg_copy_moment(copy, run.last);
	pg_copy_bigint(copy, run.count);
	pg_copy_text(copy, next_text(rest, run.became));
	pg_copy_smallint(copy, (int16_t)run.level);
	if (run.violation)
		pg_copy_bigint(copy, run.violation);
	else
		pg_copy_null(copy);
	pg_copy_integer(copy, run.evidence);
}

static void copy_run_hit(struct pg_copy *copy, int32_t contractor, struct text *rest)
{
	struct new_run_hit hit;
	memcpy(&hit, rest->bytes, sizeof(hit));
	*rest = text_skip(*rest, sizeof(hit));
	pg_copy_row(copy, 9);
	pg_copy_integer(copy, contractor);
	pg_copy_integer(copy, hit.correlation);
	pg_copy_text(copy, next_text(rest, hit.key));
	pg_copy_moment(copy, hit.time);
	pg_copy_integer(copy, hit.of_correlation);
	pg_copy_text(copy, next_text(rest, hit.of_group));
	pg_copy_moment(copy, hit.of_first);
	pg_copy_integer(copy, hit.position);
	pg_copy_text(copy, next_text(rest, hit.hit));
}

static int flush_rows(struct store_batch *batch, struct buffer *rows,
		      void copy_one(struct pg_copy *copy, int32_t contractor, struct text *rest),
		      const char *copy_sql, const char *insert_sql, struct err *err)
{
	CLEAN(pg_copy) struct pg_copy copy = { 0 };
	if (rows->failed)
		return out_of_memory(err);
	if (rows->length == 0)
		return 0;
	int done = pg_copy_begin(batch->pg, copy_sql, &copy, err);
	if (done < 0)
		return done;
	for (struct text rest = buffer_text(rows); rest.length;)
		copy_one(&copy, batch->delivery->contractor_id, &rest);
	buffer_reset(rows);
	done = store_session_copy_end(batch, &copy, err);
	return done < 0 ? done : pg_script(batch->pg, insert_sql, err);
}

int runs_flush(struct store_batch *batch, struct err *err)
{
	struct correlated *c = batch->correlated;
	int done = flush_rows(batch, &c->runs, copy_run,
		"COPY pg_temp.new_run (contractor_id, correlation_id, group_key, first_hit, last_hit,"
		" count, became, level, violation_id, evidence) FROM STDIN (FORMAT binary)",
		"INSERT INTO run SELECT * FROM pg_temp.new_run; DELETE FROM pg_temp.new_run", err);
	return done < 0 ? done : flush_rows(batch, &c->run_hits, copy_run_hit,
		"COPY pg_temp.new_run_hit (contractor_id, correlation_id, group_key, time,"
		" of_correlation, of_group, of_first, position, hit) FROM STDIN (FORMAT binary)",
		"INSERT INTO run_hit SELECT * FROM pg_temp.new_run_hit ON CONFLICT DO NOTHING;"
		"DELETE FROM pg_temp.new_run_hit", err);
}

/* To a correlation above, the run happens when it became true. */
static int tell_above(const struct place *p, int64_t first, const struct held_hit *became,
		      struct err *err)
{
	CLEAN(buffer) struct buffer packed;
	struct text rest = { became->extra, became->extra_size };
	struct chained chained;
	int done = 0;
	buffer_init(&packed, 2 * IPC_CORRELATED_LONGEST);
	while (done == 0 && next_chained(&rest, &chained)) {
		uint32_t place;
		if ((int32_t)chained.lower != p->correlation->id ||
		    !upper_of(p, (int64_t)chained.upper, &place))
			continue;
		struct held_hit hit = *became;
		hit.position = chained.position;
		hit.value = chained.value;
		pack_with_batch(&hit, &packed);
		if (packed.failed)
			return out_of_memory(err);
		const struct new_run_hit row = {
			.time = became->time,
			.of_first = first,
			.correlation = (int32_t)chained.upper,
			.of_correlation = p->correlation->id,
			.position = (int32_t)chained.position,
			.key = (uint32_t)chained.key.length,
			.of_group = (uint32_t)p->key.length,
			.hit = (uint32_t)packed.length,
		};
		struct buffer *rows = &p->batch->correlated->run_hits;
		buffer_add(rows, &row, sizeof(row));
		buffer_add_text(rows, chained.key);
		buffer_add_text(rows, p->key);
		buffer_add_text(rows, buffer_text(&packed));
		done = touch(p, place, chained.key, became->time, err);
	}
	return done;
}

/* Violations ---------------------------------------------------------------------------- */

static int add_value(const struct place *p, uint64_t name, const char *field,
		     struct buffer *subject, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query(p->batch->pg,
		"SELECT value FROM name WHERE contractor_id = $1 AND id = $2",
		PG_VALUES(p->contractor, PG_NUMBER((int64_t)name)), &result, err);
	if (done < 0)
		return done;
	if (pg_rows(result) == 0)
		return err_set(err, ERR_PROTOCOL, "a group has a name that was not told");
	struct text value = pg_text(result, 0, 0), shown = text_head(value, VALUE_SHOWN);
	shown.length = text_utf8_valid(shown);
	buffer_add_format(subject, "%s%s=", subject->length ? ", " : "", field);
	buffer_add_text(subject, shown);
	if (shown.length < value.length)
		buffer_add_string(subject, "...");
	return 0;
}

/* "field=value, field=value", or that there is but one group. */
static int add_subject(const struct place *p, struct buffer *subject, struct err *err)
{
	struct text rest = p->key;
	int done = 0;
	for (size_t i = 0; done == 0 && i < p->correlation->group_count && rest.length >= 8; i++)
		done = add_value(p, take(&rest, 8), p->correlation->group_by[i], subject, err);
	if (subject->length == 0)
		buffer_add_string(subject, "all records");
	return subject->failed ? out_of_memory(err) : done;
}

/* What is seen of the run; it may not have ended. */
static int64_t last_seen(const struct correlate_renewed *run)
{
	return run->last == CORRELATE_OPEN ? run->hits[run->hit_count - 1].time : run->last;
}

static struct pg_value threshold_of(const struct place *p)
{
	return p->correlation->threshold ? PG_NUMBER(p->correlation->threshold) : PG_NULL;
}

static int open_violation(const struct place *p, const struct correlate_renewed *run, int level,
			  int64_t *ret_id, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	CLEAN(buffer) struct buffer subject;
	const struct ipc_writer_batch *delivery = p->batch->delivery;
	int year = calendar_civil(delivery->received).year;
	/* A gap is of the day on which it ends: that it begins is no breach. */
	bool is_gap = p->correlation->rule.type == CORRELATE_GAP;
	char of_contractor[64], of_year[64], number[40];
	int64_t last = 0;

	buffer_init(&subject, 65536);
	snprintf(of_contractor, sizeof(of_contractor), "violation of %s", delivery->contractor);
	snprintf(of_year, sizeof(of_year), "violation number of %04d", year);
	int done = add_subject(p, &subject, err);
	if (done == 0)
		done = store_counter_take(p->batch->pg, of_contractor, 1, ret_id, err);
	if (done == 0)
		done = store_counter_take(p->batch->pg, of_year, 1, &last, err);
	if (done < 0)
		return done;
	snprintf(number, sizeof(number), "V-%04d-%06lld", year, (long long)last);
	done = pg_query_one(p->batch->pg,
		"INSERT INTO violation (contractor_id, id, number, rule_key, rule_id, subject_kind,"
		" subject, day, severity, level, count, first_event, last_event, opened_at,"
		" clock_started, run, threshold, due, points, suppressed_until)"
		" VALUES ($1, $2, $3, $4, $5, 'group', $6,"
		" ($14::timestamptz AT TIME ZONE 'UTC')::date, $8, $9, $10, $7, $11, $12, $12, $2, $13,"
		" opening_due($12, $8::smallint >= 4), rule_points($5),"
		" suppressed_until($1, $4, $6, $8, $12)) RETURNING suppressed_until IS NOT NULL",
		PG_VALUES(p->contractor, PG_NUMBER(*ret_id), PG_STRING(number),
			  PG_STRING(p->correlation->key), PG_NUMBER(p->correlation->rule_id),
			  PG_TEXT(buffer_text(&subject)), PG_MOMENT(run->first),
			  PG_NUMBER(p->correlation->severity), PG_NUMBER(level),
			  PG_NUMBER((int64_t)run->count), PG_MOMENT(last_seen(run)),
			  PG_MOMENT(delivery->received), threshold_of(p),
			  PG_MOMENT(is_gap ? run->became->time : run->first)), &result, err);
	return done < 0 || p->batch->again || !pg_bool(result, 0, 0) ?
		       done :
		       store_suppressed_record(p->batch->pg, delivery->contractor_id, *ret_id,
						  *ret_id, err);
}

static int extend_violation(const struct place *p, const struct correlate_renewed *run, int level,
			    int64_t id, struct err *err)
{
	return pg_query(p->batch->pg,
		"UPDATE violation SET count = $3, first_event = $4, last_event = $5,"
		" level = greatest(level, $6), severity = greatest(severity, $7), threshold = $8"
		" WHERE contractor_id = $1 AND id = $2",
		PG_VALUES(p->contractor, PG_NUMBER(id), PG_NUMBER((int64_t)run->count),
			  PG_MOMENT(run->first), PG_MOMENT(last_seen(run)), PG_NUMBER(level),
			  PG_NUMBER(p->correlation->severity), threshold_of(p)), NULL, err);
}

/* The younger one's evidence is the older one's too. */
static int merge_violation(const struct place *p, int64_t younger, int64_t older,
			   int32_t *evidence, struct err *err)
{
	CLEAN(pg_result) struct pg_result *copied = NULL;
	int done = run_evidence_flush(p->batch, err);
	if (done < 0)
		return done;
	done = pg_query(p->batch->pg,
		"SELECT act($1, $2, NULL, 'merge', NULL, NULL, jsonb_build_object('of', o.number))"
		" FROM violation o JOIN violation y ON y.contractor_id = $1 AND y.id = $2"
		" WHERE o.contractor_id = $1 AND o.id = $3 AND y.clock_name IS NOT NULL",
		PG_VALUES(p->contractor, PG_NUMBER(younger), PG_NUMBER(older)), NULL, err);
	if (done == 0)
		done = pg_query(p->batch->pg,
			"INSERT INTO violation_event (contractor_id, violation_id, batch_id,"
			" byte_offset, line, byte_length, time, rule_id)"
			" SELECT contractor_id, $3, batch_id, byte_offset, line, byte_length, time,"
			" rule_id FROM violation_event WHERE contractor_id = $1 AND violation_id = $2"
			" ORDER BY time, batch_id, byte_offset LIMIT $4 ON CONFLICT DO NOTHING",
			PG_VALUES(p->contractor, PG_NUMBER(younger), PG_NUMBER(older),
				  PG_NUMBER(EVIDENCE_MOST - *evidence)), &copied, err);
	if (done == 0)
		done = pg_query(p->batch->pg,
			"UPDATE violation o SET evidence_rejected = true FROM violation y"
			" WHERE o.contractor_id = $1 AND o.id = $3 AND NOT o.evidence_rejected"
			" AND y.contractor_id = $1 AND y.id = $2 AND y.evidence_rejected",
			PG_VALUES(p->contractor, PG_NUMBER(younger), PG_NUMBER(older)), NULL, err);
	if (done == 0)
		*evidence += (int32_t)pg_affected(copied);
	return done;
}

/* Evidence --------------------------------------------------------------------------------- */

struct evidence {
	int64_t violation, batch, offset, time;
	int32_t line, length, rule;
};

static bool same_line(const struct held_hit *a, const struct held_hit *b)
{
	return a->batch == b->batch && a->offset == b->offset;
}

/*
 * Where hits can also go, all of a run's are told again: those that are in
 * the books already change nothing.
 */
static void add_evidence(const struct place *p, const struct correlate_renewed *run,
			 int64_t violation, int32_t *evidence)
{
	const struct held_hit *before = NULL;
	bool all = !p->correlation->grows;
	int32_t count = all ? 0 : *evidence;
	for (size_t i = 0; i < run->hit_count && count < EVIDENCE_MOST; i++) {
		const struct held_hit *hit = run->hits[i].owner;
		if ((!all && !run->hits[i].fresh) || (before && same_line(hit, before)))
			continue;
		before = hit;
		struct evidence row = { violation,	   hit->batch,
					(int64_t)hit->offset, hit->time,
					(int32_t)hit->line,   (int32_t)hit->length,
					p->correlation->rule_id };
		buffer_add(&p->batch->correlated->evidence, &row, sizeof(row));
		count++;
	}
	if (count > *evidence)
		*evidence = count;
}

int run_evidence_flush(struct store_batch *batch, struct err *err)
{
	CLEAN(pg_copy) struct pg_copy copy = { 0 };
	struct buffer *rows = &batch->correlated->evidence;
	if (rows->failed)
		return out_of_memory(err);
	if (rows->length == 0)
		return 0;
	int done = pg_copy_begin(batch->pg,
		"COPY pg_temp.run_event (violation_id, batch_id, byte_offset, line, byte_length,"
		" time, rule_id) FROM STDIN (FORMAT binary)", &copy, err);
	for (size_t at = 0; done == 0 && at < rows->length; at += sizeof(struct evidence)) {
		struct evidence row;
		memcpy(&row, rows->data + at, sizeof(row));
		pg_copy_row(&copy, 7);
		pg_copy_bigint(&copy, row.violation);
		pg_copy_bigint(&copy, row.batch);
		pg_copy_bigint(&copy, row.offset);
		pg_copy_integer(&copy, row.line);
		pg_copy_integer(&copy, row.length);
		pg_copy_moment(&copy, row.time);
		pg_copy_integer(&copy, row.rule);
	}
	if (done == 0)
		done = store_session_copy_end(batch, &copy, err);
	if (done < 0)
		return done;
	buffer_reset(rows);
	done = pg_query(batch->pg,
		"INSERT INTO violation_event (contractor_id, violation_id, batch_id, byte_offset,"
		" line, byte_length, time, rule_id)"
		" SELECT $1, violation_id, batch_id, byte_offset, line, byte_length, time, rule_id"
		" FROM pg_temp.run_event ON CONFLICT DO NOTHING",
		PG_VALUES(PG_NUMBER(batch->delivery->contractor_id)), NULL, err);
	if (done == 0)
		done = pg_query(batch->pg,
			"UPDATE violation v SET evidence_rejected = true WHERE v.contractor_id = $1"
			" AND NOT v.evidence_rejected AND v.id IN (SELECT e.violation_id"
			"  FROM pg_temp.run_event e JOIN batch b ON b.contractor_id = $1"
			"  AND b.id = e.batch_id WHERE b.rejected > 0)",
			PG_VALUES(PG_NUMBER(batch->delivery->contractor_id)), NULL, err);
	return done < 0 ? done : store_session_table_empty(batch, "run_event",
							   &batch->correlated->evidence_turns, err);
}

/* Runs --------------------------------------------------------------------------------------- */

static int forget_run(const struct place *p, int64_t first, struct err *err)
{
	int done = runs_flush(p->batch, err);
	if (done < 0)
		return done;
	done = pg_query(p->batch->pg,
		"DELETE FROM run WHERE contractor_id = $1 AND correlation_id = $2"
		" AND group_key = $3 AND first_hit = $4",
		PG_VALUES(p->contractor, PG_NUMBER(p->correlation->id), PG_BYTES(p->key),
			  PG_MOMENT(first)), NULL, err);
	return done < 0 ? done : forget_above(p, first, err);
}

static int add_run(const struct place *p, const struct correlate_renewed *run,
		   const struct run_standing *as, struct err *err)
{
	CLEAN(buffer) struct buffer packed;
	buffer_init(&packed, 2 * IPC_CORRELATED_LONGEST);
	pack_with_batch(run->became->owner, &packed);
	if (packed.failed)
		return out_of_memory(err);
	const struct new_run row = {
		.first = run->first,
		.last = run->last == CORRELATE_OPEN ? RUN_OPEN : run->last,
		.count = (int64_t)run->count,
		.violation = as->violation,
		.correlation = p->correlation->id,
		.level = as->level,
		.evidence = as->evidence,
		.key = (uint32_t)p->key.length,
		.became = (uint32_t)packed.length,
	};
	struct buffer *rows = &p->batch->correlated->runs;
	buffer_add(rows, &row, sizeof(row));
	buffer_add_text(rows, p->key);
	buffer_add_text(rows, buffer_text(&packed));
	return rows->failed ? out_of_memory(err) : 0;
}

/* One that came now may have taken the place of another of the same moment. */
static bool has_fresh(const struct correlate_renewed *run)
{
	for (size_t i = 0; i < run->hit_count; i++)
		if (run->hits[i].fresh)
			return true;
	return false;
}

static bool is_unchanged(const struct correlate_renewed *run)
{
	const struct correlate_standing *standing = run->standing;
	return !has_fresh(run) && run->standing_count == 1 && run->first == standing->first &&
	       run->last == standing->last && run->count == standing->count &&
	       run->became->time == standing->became.time &&
	       run->became->identity[0] == standing->became.identity[0] &&
	       run->became->identity[1] == standing->became.identity[1];
}

static int level_of(const struct correlate_renewed *run)
{
	int level = 0;
	for (size_t i = 0; i < run->standing_count; i++) {
		const struct run_standing *is = run->standing[i].owner;
		level = is->level > level ? is->level : level;
	}
	for (size_t i = 0; i < run->hit_count; i++) {
		const struct held_hit *hit = run->hits[i].owner;
		level = hit->level > level ? hit->level : level;
	}
	return level;
}

/* The oldest violation goes on; the younger ones are merged into it. */
static int renew_violation(const struct place *p, const struct correlate_renewed *run, int level,
			   int64_t *ret_violation, int32_t *ret_evidence, struct err *err)
{
	int done = 0;
	for (size_t i = 0; i < run->standing_count; i++) {
		const struct run_standing *is = run->standing[i].owner;
		if (is->violation && (!*ret_violation || is->violation < *ret_violation)) {
			*ret_violation = is->violation;
			*ret_evidence = is->evidence;
		}
	}
	if (*ret_violation)
		done = extend_violation(p, run, level, *ret_violation, err);
	else
		done = open_violation(p, run, level, ret_violation, err);
	for (size_t i = 0; done == 0 && i < run->standing_count; i++) {
		const struct run_standing *is = run->standing[i].owner;
		if (is->violation && is->violation != *ret_violation)
			done = merge_violation(p, is->violation, *ret_violation, ret_evidence, err);
	}
	return done;
}

static bool note_written(struct store_batch *batch, struct hit_group *group,
			 const struct correlate_standing *is, bool gone)
{
	if (group->written_count == group->written_room) {
		size_t room = group->written_room ? 2 * group->written_room : 4;
		struct run_written *wider =
			arena_get_many(batch->correlated->arena, room, sizeof(*wider));
		if (!wider)
			return false;
		if (group->written_count)
			memcpy(wider, group->written, group->written_count * sizeof(*wider));
		group->written = wider;
		group->written_room = room;
	}
	group->written[group->written_count++] = (struct run_written){ *is, gone };
	return true;
}

/* What a later change will find standing. */
static int note_run(const struct place *p, struct hit_group *group,
		    const struct correlate_renewed *run, const struct run_standing *as, struct err *err)
{
	const struct held_hit *became = run->became->owner;
	struct arena *arena = p->batch->correlated->arena;
	struct run_standing *kept = arena_get(arena, sizeof(*kept));
	struct text extra = arena_text(arena, (struct text){ became->extra, became->extra_size });

	if (!kept || (became->extra_size && !extra.bytes))
		return out_of_memory(err);
	*kept = *as;
	kept->became = *became;
	kept->became.extra = extra.bytes;
	const struct correlate_standing is = { .first = run->first,
					       .last = run->last,
					       .count = run->count,
					       .became = neighbourhood_hit(p->correlation, &kept->became),
					       .owner = kept };
	return note_written(p->batch, group, &is, false) ? 0 : out_of_memory(err);
}

static int forget_standing(const struct place *p, struct hit_group *group,
			   const struct correlate_standing *is, struct err *err)
{
	if (!note_written(p->batch, group, is, true))
		return out_of_memory(err);
	return forget_run(p, is->first, err);
}

int run_renew(struct store_batch *batch, const struct hit_change *change,
	      const struct correlate_renewed *run, struct err *err)
{
	const struct place p = place_of(batch, change);
	struct run_standing as = { .level = level_of(run) };
	int done = 0;

	if (is_unchanged(run))
		return 0;
	for (size_t i = 0; done == 0 && i < run->standing_count; i++)
		done = forget_standing(&p, change->group, &run->standing[i], err);
	if (done == 0 && p.correlation->finding)
		done = renew_violation(&p, run, as.level, &as.violation, &as.evidence, err);
	if (done == 0 && p.correlation->finding)
		add_evidence(&p, run, as.violation, &as.evidence);
	if (done == 0)
		done = add_run(&p, run, &as, err);
	if (done == 0)
		done = note_run(&p, change->group, run, &as, err);
	return done < 0 ? done : tell_above(&p, run->first, run->became->owner, err);
}

int run_withdraw(struct store_batch *batch, const struct hit_change *change,
		 const struct correlate_standing *standing, struct err *err)
{
	const struct place p = place_of(batch, change);
	const struct run_standing *is = standing->owner;
	int done = forget_standing(&p, change->group, standing, err);
	if (done < 0 || !is->violation)
		return done;
	return pg_query(batch->pg,
		"SELECT act($1, $2, NULL, 'withdraw', NULL, 'later logs show that there is no such run',"
		" NULL) FROM violation WHERE contractor_id = $1 AND id = $2 AND clock_name IS NOT NULL",
		PG_VALUES(p.contractor, PG_NUMBER(is->violation)), NULL, err);
}
