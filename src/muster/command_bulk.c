/* muster bulk: the same done to many violations, of which a preview was seen. */
#include "muster/act_arguments.h"
#include "muster/bulk_words.h"
#include "muster/queue_words.h"

#include <inttypes.h>

const struct command_option command_bulk_options[] = {
	{ "filter", 0, "FILTER", 0, "to violations that it describes; see muster-filter(1)" },
	{ "saved", 0, "NAME", 0, "to those of a filter that was kept with muster filter save" },
	{ "limit", 0, "N", 0, "to the first N of these at most, in the order of the queue" },
	{ "reason", 'r', "CODE", 0, "why: a code of the action's list of reasons" },
	{ "note", 0, "TEXT", 0, "words for the record" },
	{ "owner", 0, "NAME", 0, "the officer who is to have them" },
	{ "of", 0, "V-YYYY-NNNNNN", 0, "the violation, of the same contractor, that they repeat" },
	{ "exception", 0, "ID", 0, "the exception in force that covers them" },
	{ "until", 0, "TIME", 0, "until when they are suppressed" },
	{ "token", 0, "TOKEN", 0, "do what the preview with this token says" },
	{ "expect", 0, "N", 0, "with --token: that many they must be, else nothing is done" },
	COMMAND_OPTIONS_END
};

static const struct report_column columns[] = {
	{ "id", "ID", REPORT_TEXT, 0, 0, "number of the violation" },
	{ "contractor", "CONTRACTOR", REPORT_TEXT, 0, 0, "code of the contractor" },
	{ "outcome", "OUTCOME", REPORT_TEXT, 0, 0, "done, waits (it is done, and waits for a second person) or skipped" },
	{ "why", "WHY", REPORT_TEXT, 0, 0, "why it was skipped: who did what with it meanwhile" },
};
const struct report_table command_bulk_table = { columns, ARRAY_LENGTH(columns) };

/* Looking ------------------------------------------------------------------------------ */

static void add_json_preview(struct buffer *out, const struct bulk_preview *preview,
			     const struct store_bulk_act *act)
{
	struct json json = json_to(out);

	json_begin_object(&json, NULL);
	json_string(&json, "token", *preview->token ? preview->token : NULL);
	json_string(&json, "action", act->action);
	json_string(&json, "reason", act->reason);
	json_string(&json, "filter", act->filter);
	json_number(&json, "matching", preview->included + preview->excluded);
	json_number(&json, "included", preview->included);
	json_number(&json, "excluded", preview->excluded);
	json_number(&json, "waits", preview->waits);
	json_number(&json, "leaves", preview->leaves);
	json_bool(&json, "expect_needed", bulk_preview_expects(preview));
	json_begin_array(&json, "exclusions");
	for (size_t i = 0; i < preview->reason_count; i++) {
		json_begin_object(&json, NULL);
		json_string(&json, "why", preview->reasons[i].why);
		json_number(&json, "count", preview->reasons[i].count);
		json_string(&json, "first", preview->reasons[i].first);
		json_end_object(&json);
	}
	json_end_array(&json);
	json_begin_array(&json, "sample");
	for (size_t i = 0; i < preview->sample_count; i++)
		json_string(&json, NULL, preview->sample[i]);
	json_end_array(&json);
	json_end_object(&json);
	buffer_add_byte(out, '\n');
}

static int write_preview(struct command_run *run, const struct bulk_preview *preview,
			 const struct store_bulk_act *act, struct err *err)
{
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, 1 << 20);
	if (command_format(run) == REPORT_AS_JSON) {
		add_json_preview(&out, preview, act);
		return command_write(run, buffer_text(&out), err);
	}
	bulk_preview_add(&out, preview, act->action, act->reason);
	if (preview->included) {
		buffer_add_format(&out, "Nothing was done yet. To do it:\n"
					"  muster bulk --token %s",
				  preview->token);
		if (bulk_preview_expects(preview))
			buffer_add_format(&out, " --expect %" PRId64, preview->included);
		buffer_add_byte(&out, '\n');
	}
	return command_write(run, buffer_text(&out), err);
}

/* The filter in words, for the record. */
static int filter_words(struct command_run *run, struct pg *pg, struct buffer *out,
			struct err *err)
{
	const char *given = command_option(run, "filter"), *saved = command_option(run, "saved");
	struct text words = TEXT("");
	int r = 0;

	if (saved)
		r = queue_saved_filter(run, pg, saved, &words, err);
	if (given && saved)
		buffer_add_format(out, "(%s) and (%.*s)", given, TEXT_PRINT(words));
	else
		buffer_add_format(out, "%s%.*s", given ? given : "", TEXT_PRINT(words));
	return r;
}

static int preview(struct command_run *run, struct pg *pg, struct err *err)
{
	CLEAN(buffer) struct buffer data, words;
	struct bulk_preview preview = { 0 };
	struct store_bulk_violation *list;
	struct store_queue_query query;
	int64_t first = 0;
	size_t count;
	int r;

	buffer_init(&data, 1 << 20);
	buffer_init(&words, 65536);
	r = act_arguments(run, &data, err);
	if (r == 0)
		r = command_option_number(run, "limit", 1, STORE_BULK_MOST, &first, err);
	if (r >= 0)
		r = filter_words(run, pg, &words, err);
	if (r == 0 && first)
		buffer_add_format(&words, " (the first %" PRId64 ")", first);
	if (r == 0)
		r = queue_query(run, pg, &query, err);
	if (r == 0)
		r = store_bulk_find(pg, &query, first, command_arena(run), &list, &count, err);
	if (r < 0)
		return r;
	const struct store_bulk_act act = {
		.action = command_argument(run, 0),
		.reason = command_option(run, "reason"),
		.note = command_option(run, "note"),
		.data = data.data,
		.filter = words.data,
	};
	r = store_bulk_prepare(pg, &act, list, count, preview.token, bulk_preview_row, &preview,
			       err);
	if (r == 0 && count == 0)
		r = err_set(err, ERR_NEGATIVE, "no violation matches");
	if (r == 0)
		r = write_preview(run, &preview, &act, err);
	if (r == 0 && preview.included == 0)
		r = err_set(err, ERR_REFUSED, "it can be done to none of them");
	return r;
}

/* Doing -------------------------------------------------------------------------------- */

struct doing {
	struct report *report;         /* for programs; else NULL */
	struct bulk_outcome outcome;
};

static int add_row(void *context, const struct store_bulk_done *row, struct err *err)
{
	struct doing *doing = context;
	const struct report_value values[] = {
		report_string(row->number),
		report_string(row->contractor),
		report_string(row->outcome),
		report_string(row->why_not),
	};
	int r = bulk_outcome_row(&doing->outcome, row, err);

	return r < 0 || !doing->report ? r : report_row(doing->report, values, err);
}

static int write_outcome(struct command_run *run, const struct bulk_outcome *outcome,
			 struct err *err)
{
	int r = command_print(run, err, "%" PRId64 " done", outcome->done);

	if (r == 0 && outcome->waits)
		r = command_print(run, err, ", of which %" PRId64 " wait for a second person",
				  outcome->waits);
	if (r == 0)
		r = command_print(run, err, "; %" PRId64 " skipped%s\n", outcome->skipped,
				  outcome->skipped ? ":" : "");
	return r < 0 ? r : command_write(run, buffer_text(&outcome->lines), err);
}

static int perform(struct command_run *run, struct pg *pg, struct err *err)
{
	bool as_text = command_format(run) == REPORT_AS_TEXT;
	struct doing doing = { 0 };
	int64_t expect = 0;
	int r = command_option_number(run, "expect", 1, STORE_BULK_MOST, &expect, err);

	buffer_init(&doing.outcome.lines, 16 << 20);
	if (r >= 0 && !as_text) {
		doing.report = command_report(run, &command_bulk_table);
		if (!doing.report)
			r = err_set(err, ERR_MEMORY, "out of memory");
	}
	if (r >= 0)
		r = store_bulk_do(pg, command_option(run, "token"), expect, add_row, &doing, err);
	if (r == 0)
		r = as_text ? write_outcome(run, &doing.outcome, err) :
			      report_end(doing.report, err);
	if (r == 0 && doing.outcome.skipped)
		r = err_set(err, doing.outcome.done ? ERR_NEGATIVE : ERR_REFUSED,
			    "%" PRId64 " of %" PRId64 " were skipped", doing.outcome.skipped,
			    doing.outcome.done + doing.outcome.skipped);
	report_free(doing.report);
	buffer_done(&doing.outcome.lines);
	return r;
}

int command_bulk(struct command_run *run, struct err *err)
{
	bool token = command_has(run, "token"), action = command_argument(run, 0) != NULL;
	struct pg *pg;
	int r;

	if (token == action)
		return err_set(err, ERR_USAGE, "give an action to look at, or the --token of a preview");
	if (token && (command_has(run, "filter") || command_has(run, "reason")))
		return err_set(err, ERR_USAGE, "what is done, and to which, is the preview's to say");
	if (action && command_has(run, "expect"))
		return err_set(err, ERR_USAGE, "--expect goes with --token");
	if (action && !command_has(run, "filter") && !command_has(run, "saved"))
		return err_set(err, ERR_USAGE, "bulk needs --filter or --saved; --filter '' takes all of the queue");
	r = command_store_person(run, &pg, NULL, err);
	if (r < 0)
		return r;
	return token ? perform(run, pg, err) : preview(run, pg, err);
}
