/* muster statement: to each contractor, where it stands, through the spool. */
#include "muster/score_text.h"
#include "spool/spool.h"

#define STATEMENT_MEMORY ((size_t)1 << 30)
#define WIDTH 78u

const struct command_option command_statement_options[] = { COMMAND_OPTIONS_END };

struct stating {
	struct command_run *run;
	struct pg *pg;
	struct judging *judging;
	struct spool *spool;
	int64_t as_of;
	uint64_t written;
};

static void add_json(const struct store_contractor *contractor, struct judging_standard under,
		     const struct score *score, struct buffer *out)
{
	struct json json = json_to(out);
	bool has_values = standard_has_values(under.standard);

	json_begin_object(&json, NULL);
	json_string(&json, "contractor", contractor->code);
	json_string(&json, "standard", under.standard->name);
	json_string(&json, "standard_digest", under.digest);
	json_moment(&json, "as_of", score->as_of);
	if (has_values) {
		json_number(&json, "score_of_record", score->of_record);
		json_number(&json, "score_indicated", score->indicated);
	}
	json_string(&json, "standing", score_standing_name(score->standing));
	json_string(&json, "standing_reason", score->standing_reason);
	json_number(&json, "handling_open", (int64_t)score->handling_open);
	json_number(&json, "handling_critical", (int64_t)score->handling_critical);
	json_end_object(&json);
	buffer_add_byte(out, '\n');
}

static int one_standard(struct stating *stating, const struct store_contractor *contractor,
			size_t which, struct buffer *text, struct buffer *lines, struct err *err)
{
	CLEAN(arena) struct arena *arena = arena_new(STATEMENT_MEMORY);
	struct judging_standard under = judging_standard(stating->judging, which);
	struct score score;
	int r = arena ? judging_score(stating->pg, stating->judging, which, contractor->id, 0, arena,
				      &score, err) :
			err_set(err, ERR_MEMORY, "out of memory");

	if (r < 0)
		return r;
	if (which)
		buffer_add_byte(text, '\n');
	add_json(contractor, under, &score, lines);
	return score_text_add(contractor, under, &score, WIDTH, arena, text, err);
}

static int one_contractor(void *context, const struct store_contractor *contractor,
			  struct err *err)
{
	struct stating *stating = context;
	CLEAN(buffer) struct buffer text;
	CLEAN(buffer) struct buffer lines;
	int r = 0;

	buffer_init(&text, 64 << 20);
	buffer_init(&lines, 1 << 20);
	if (!contractor->active || !spool_contractor_exists(stating->spool, contractor->code))
		return 0;
	for (size_t i = 0; r == 0 && i < judging_count(stating->judging); i++)
		r = one_standard(stating, contractor, i, &text, &lines, err);
	if (r == 0 && (text.failed || lines.failed))
		r = err_set(err, ERR_LIMIT, "the statement is too long");
	if (r == 0)
		r = spool_notice_write(stating->spool, contractor->code, "score.txt",
				       buffer_text(&text), err);
	if (r == 0)
		r = spool_notice_write(stating->spool, contractor->code, "score.json",
				       buffer_text(&lines), err);
	stating->written += r == 0;
	return r;
}

static int open_books(struct stating *stating, struct pg_transaction *snapshot, struct err *err)
{
	const struct config *config;
	int r = command_config(stating->run, &config, err);

	if (r == 0)
		r = command_store(stating->run, STORE_AUDITOR, &stating->pg, err);
	if (r == 0)
		r = spool_open(config->instance_directory, &stating->spool, err);
	if (r == 0)
		r = store_snapshot(stating->pg, snapshot, err);
	if (r == 0)
		r = judging_new(stating->pg, stating->as_of, NULL, &stating->judging, err);
	return r;
}

int command_statement(struct command_run *run, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	struct stating stating = { .run = run, .as_of = command_now(run) };
	const char *code = command_argument(run, 0);
	int r = open_books(&stating, &snapshot, err);

	if (r == 0)
		r = store_contractors(stating.pg, code, one_contractor, &stating, err);
	judging_free(stating.judging);
	spool_free(stating.spool);
	if (r < 0)
		return r;
	if (stating.written == 0)
		return code ? err_set(err, ERR_NEGATIVE, "there is no contractor %s that delivers", code) :
			      err_set(err, ERR_NEGATIVE, "no contractor is enrolled");
	return command_say(run, err, "%llu statement%s written into notices.",
			   (unsigned long long)stating.written,
			   stating.written == 1 ? " is" : "s are");
}
