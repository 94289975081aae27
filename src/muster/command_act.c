/* muster act: something is done with a violation. */
#include "casework/casework.h"
#include "muster/act_arguments.h"
#include "muster/suppression_words.h"

const struct command_option command_act_options[] = {
	ACT_OPTIONS
	{ "version", 0, "N", 0,
	  "refuse where the violation has changed since version N, which muster show tells" },
	{ "token", 0, "TOKEN", 0, "suppress what the preview with this token says" },
	COMMAND_OPTIONS_END
};

/* Arguments as JSON ------------------------------------------------------------------ */

/* "2026-12-01 title", or "3 2026-12-01 title" */
static int milestone_add(struct json *json, const char *words, struct err *err)
{
	struct text rest = text_trim(text_of(words)), day = text_split(&rest, ' ');
	uint64_t number = 0;
	char date[32];
	int64_t moment;

	if (text_to_u64(day, &number))
		day = text_split(&rest, ' ');
	snprintf(date, sizeof(date), "%.*sT00:00:00Z", TEXT_PRINT(text_head(day, 10)));
	if (day.length != 10 || !calendar_from_rfc3339(text_of(date), &moment) ||
	    text_trim(rest).length == 0)
		return err_set(err, ERR_USAGE,
			       "--milestones takes '2026-12-01 TITLE' or '3 2026-12-01 TITLE', not \"%s\"",
			       words);
	json_begin_object(json, NULL);
	if (number)
		json_number(json, "milestone", (int64_t)number);
	json_text(json, "due", day);
	json_text(json, "title", text_trim(rest));
	json_end_object(json);
	return 0;
}

static int milestones_add(struct command_run *run, struct json *json, struct err *err)
{
	const char *words;
	int r = 0;

	json_begin_array(json, "milestones");
	for (size_t i = 0; r == 0 && (words = command_option_at(run, "milestones", i)); i++)
		r = milestone_add(json, words, err);
	json_end_array(json);
	return r;
}

static int argument_add(struct command_run *run, enum casework_argument argument,
			struct json *json, struct err *err)
{
	const char *name = casework_argument_describe(argument)->name;
	int64_t number = 0;
	int r;

	if (!command_has(run, name) || argument == CASEWORK_ARGUMENT_NOTE)
		return 0;
	switch ((int)argument) {
	case CASEWORK_ARGUMENT_MILESTONES:
		return milestones_add(run, json, err);
	case CASEWORK_ARGUMENT_MILESTONE:
		r = command_option_number(run, name, 1, INT32_MAX, &number, err);
		json_number(json, name, number);
		return r < 0 ? r : 0;
	case CASEWORK_ARGUMENT_UNTIL:
	case CASEWORK_ARGUMENT_AT:
		r = command_option_moment(run, name, &number, err);
		json_moment(json, name, number);
		return r < 0 ? r : 0;
	case CASEWORK_ARGUMENT_RULE:
	case CASEWORK_ARGUMENT_SUBJECT:
		json_bool(json, name, true);
		return 0;
	default:
		json_string(json, name, command_option(run, name));
		return 0;
	}
}

int act_arguments(struct command_run *run, struct buffer *data, struct err *err)
{
	struct json json = json_to(data);
	int r = 0;

	json_begin_object(&json, NULL);
	for (int i = 0; r == 0 && i < CASEWORK_ARGUMENT_COUNT; i++)
		r = argument_add(run, (enum casework_argument)i, &json, err);
	json_end_object(&json);
	return r == 0 && data->failed ? err_set(err, ERR_LIMIT, "too many words") : r;
}

/* ------------------------------------------------------------------------------------- */

static const struct report_column columns[] = {
	{ "id", "ID", REPORT_TEXT, 0, 0, "number of the violation" },
	{ "act", "ACT", REPORT_NUMBER, 0, 0, "number of the act; the violation's version from now on" },
	{ "action", "ACTION", REPORT_TEXT, 0, 0, "what was done" },
	{ "by", "BY", REPORT_TEXT, 0, 0, "who did it" },
	{ "state", "STATE", REPORT_TEXT, 0, 0, "where the violation is now" },
	{ "waits", "WAITS", REPORT_FLAG, 0, 0, "whether it waits for a second person, and has no effect yet" },
};
const struct report_table command_act_table = { columns, ARRAY_LENGTH(columns) };

static int show(struct command_run *run, const char *name, const struct store_acted *acted,
		struct err *err)
{
	CLEAN(report) struct report *report = command_report(run, &command_act_table);
	const struct report_value values[] = {
		report_string(command_argument(run, 0)), report_number(acted->number),
		report_string(command_argument(run, 1)), report_string(name),
		report_string(acted->state),		 report_flag(acted->waits),
	};
	int r = report ? report_row(report, values, err) :
			 err_set(err, ERR_MEMORY, "out of memory");

	return r < 0 ? r : report_end(report, err);
}

static int say(struct command_run *run, const char *name, const struct store_acted *acted,
	       struct err *err)
{
	const char *number = command_argument(run, 0), *action = command_argument(run, 1);

	if (command_format(run) != REPORT_AS_TEXT)
		return show(run, name, acted, err);
	if (acted->waits)
		return command_say(run, err, "%s: act %lld, %s, waits for a second person", number,
				   (long long)acted->number, action);
	return command_say(run, err, "%s is %s: act %lld, %s", number, acted->state,
			   (long long)acted->number, action);
}

/* Others like it too: looked at first, then done with the token of the look ------------- */

static int prepared(void *context, const struct store_bulk_prepared *row, struct err *err)
{
	(void)context;
	return row->why_not ? err_set(err, ERR_REFUSED, "%s", row->why_not) : 0;
}

struct previewing {
	struct buffer *out;
	const char *token;
	unsigned width;
	bool as_json;
};

static int add_preview(void *context, const struct store_suppression_preview *preview,
		       struct err *err UNUSED)
{
	const struct previewing *to = context;
	struct json json = json_to(to->out);

	if (!to->as_json) {
		suppression_preview_add(to->out, preview, to->width, 0);
		buffer_add_format(to->out, "Nothing was done yet. To ask for it:\n"
					   "  muster act %s suppress --token %s\n",
				  preview->number, to->token);
		return 0;
	}
	json_begin_object(&json, NULL);
	json_string(&json, "token", to->token);
	json_string(&json, "action", "suppress");
	suppression_preview_add_json(&json, preview);
	json_end_object(&json);
	buffer_add_byte(to->out, '\n');
	return 0;
}

static int look_first(struct command_run *run, struct pg *pg, const struct store_case *is,
		      const struct store_act_asked *asked, struct err *err)
{
	const struct store_bulk_act act = { asked->action, asked->reason, asked->note,
					    asked->data.bytes, command_argument(run, 0) };
	const struct store_bulk_violation one = { is->contractor_id, is->id };
	char token[STORE_BULK_TOKEN];
	CLEAN(buffer) struct buffer out;
	struct previewing to = { &out, token, command_width(run),
				 command_format(run) == REPORT_AS_JSON };
	int r;

	buffer_init(&out, (size_t)1 << 22);
	r = store_bulk_prepare(pg, &act, &one, 1, token, prepared, NULL, err);
	if (r == 0)
		r = store_suppression_preview(pg, is, asked, add_preview, &to, err);
	return r < 0 ? r : command_write(run, buffer_text(&out), err);
}

static int suppress_as_seen(struct command_run *run, const char *name, struct pg *pg,
			    const struct store_case *is, struct err *err)
{
	struct store_acted acted;
	int r = store_suppression_do(pg, is, command_option(run, "token"), &acted, err);

	return r < 0 ? r : say(run, name, &acted, err);
}

static int check_token(struct command_run *run, enum casework_action action, struct err *err)
{
	static const char *const said[] = { "reason", "note", "until", "rule", "subject",
					    "version" };

	if (!command_has(run, "token"))
		return 0;
	if (action != CASEWORK_ACTION_SUPPRESS)
		return err_set(err, ERR_USAGE, "--token goes with suppress");
	for (size_t i = 0; i < ARRAY_LENGTH(said); i++)
		if (command_has(run, said[i]))
			return err_set(err, ERR_USAGE,
				       "with --token, what is suppressed is the preview's to say");
	return 0;
}

/* --------------------------------------------------------------------------------------- */

int command_act(struct command_run *run, struct err *err)
{
	CLEAN(buffer) struct buffer data;
	struct store_act_asked asked = { .action = command_argument(run, 1),
					 .reason = command_option(run, "reason"),
					 .note = command_option(run, "note") };
	bool wide = command_has(run, "rule") || command_has(run, "subject");
	enum casework_action action;
	struct store_acted acted;
	struct store_case is;
	const char *name = NULL;
	int64_t version;
	struct pg *pg;
	int r = 0;

	buffer_init(&data, (size_t)1 << 20);
	if (!casework_action_find(text_of(asked.action), &action))
		return err_set(err, ERR_USAGE, "there is no action \"%s\"; muster-act(1) names them",
			       asked.action);
	r = check_token(run, action, err);
	if (r == 0)
		r = act_arguments(run, &data, err);
	if (r == 0)
		r = command_store_person(run, &pg, &name, err);
	if (r == 0)
		r = store_case_find(pg, command_argument(run, 0), &is, err);
	if (r < 0)
		return r;
	asked.data = buffer_text(&data);
	version = is.version;
	r = command_option_number(run, "version", 0, INT32_MAX, &is.version, err);
	if (r < 0)
		return r;
	if (command_has(run, "token"))
		return suppress_as_seen(run, name, pg, &is, err);
	if (action == CASEWORK_ACTION_SUPPRESS && wide && is.version == version)
		return look_first(run, pg, &is, &asked, err);
	r = store_act(pg, &is, &asked, &acted, err);
	return r < 0 ? r : say(run, name, &acted, err);
}
