/* muster filter: filters of the queue that a person keeps. */
#include "muster/queue_words.h"

const struct command_option command_filter_save_options[] = { COMMAND_OPTIONS_END };
const struct command_option command_filter_list_options[] = { COMMAND_OPTIONS_END };
const struct command_option command_filter_remove_options[] = { COMMAND_OPTIONS_END };

static const struct report_column columns[] = {
	{ "name", "NAME", REPORT_TEXT, 0, 0, "what it is called" },
	{ "filter", "FILTER", REPORT_TEXT, 0, 0, "what it asks for" },
	{ "saved", "SAVED", REPORT_MOMENT, 1, 0, "when it was kept" },
};
const struct report_table command_filter_table = { columns, ARRAY_LENGTH(columns) };

int command_filter_save(struct command_run *run, struct err *err)
{
	const char *name = command_argument(run, 0), *words = command_argument(run, 1);
	const struct filter_words meaning = queue_filter_words(run);
	const struct filter_node *filter;
	struct pg *pg;
	int r = filter_parse(text_of(words), &meaning, command_arena(run), &filter, err);

	if (r == 0 && !filter)
		r = err_set(err, ERR_USAGE, "an empty filter takes all there is");
	if (r == 0)
		r = command_store(run, STORE_OFFICER, &pg, err);
	if (r == 0)
		r = store_saved_filter_save(pg, name, words, err);
	if (r < 0)
		return r;
	return command_say(run, err, "kept as %s; use it with: muster queue --saved %s", name,
			   name);
}

static int add_row(void *context, const struct store_saved_filter *row, struct err *err)
{
	const struct report_value values[] = {
		report_string(row->name),
		report_string(row->filter),
		report_moment(row->saved),
	};

	return report_row(context, values, err);
}

int command_filter_list(struct command_run *run, struct err *err)
{
	CLEAN(report) struct report *report = NULL;
	struct pg *pg;
	int r = command_store(run, STORE_OFFICER, &pg, err);

	if (r < 0)
		return r;
	report = command_report(run, &command_filter_table);
	if (!report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = store_saved_filters(pg, NULL, add_row, report, err);
	if (r == 0)
		r = report_end(report, err);
	if (r < 0)
		return r;
	return report_row_count(report) ? 0 : err_set(err, ERR_NEGATIVE, "you keep no filter");
}

int command_filter_remove(struct command_run *run, struct err *err)
{
	const char *name = command_argument(run, 0);
	struct pg *pg;
	int r = command_store(run, STORE_OFFICER, &pg, err);

	if (r == 0)
		r = store_saved_filter_remove(pg, name, err);
	return r < 0 ? r : command_say(run, err, "%s is forgotten", name);
}
