#include "muster/command.h"
#include "muster/daemon_process.h"
#include "spool/spool.h"

const struct command_option command_status_options[] = {
	{ "acknowledge", 0, "TEXT", 0,
	  "steps of the clock that stand were looked at; words for the record" },
	COMMAND_OPTIONS_END
};

static const struct report_column columns[] = {
	{ "daemon", "musterd", REPORT_FLAG, 0, 0, "whether musterd runs" },
	{ "contractors", "contractors", REPORT_NUMBER, 0, 0, "contractors who may deliver" },
	{ "systems", "systems", REPORT_NUMBER, 0, 0, "systems whose logs are expected" },
	{ "batches", "batches", REPORT_NUMBER, 0, 0, "logs taken into the books" },
	{ "events", "events", REPORT_NUMBER, 0, 0, "records accepted" },
	{ "rejects", "rejects", REPORT_NUMBER, 0, 0, "records rejected" },
	{ "duplicates", "duplicates", REPORT_NUMBER, 0, 0, "records that had come before" },
	{ "violations", "violations", REPORT_NUMBER, 0, 0, "violations opened" },
	{ "refused", "refused", REPORT_NUMBER, 0, 0, "deliveries refused as a whole" },
	{ "spool_waiting", "waiting in the spool", REPORT_NUMBER, 0, 0,
	  "files delivered and not yet taken" },
	{ "ledger_size", "ledger", REPORT_NUMBER, 0, 0, "entries in the ledger" },
	{ "first_event", "first event", REPORT_MOMENT, 0, 0, "earliest event in the books" },
	{ "last_event", "last event", REPORT_MOMENT, 0, 0, "latest event in the books" },
	{ "last_delivery", "last delivery", REPORT_MOMENT, 0, 0,
	  "when something was last delivered" },
	{ "clock_steps", "clock alarms", REPORT_NUMBER, 0, 0,
	  "steps of the clock that were neither taken back nor acknowledged" },
	{ "clock_expected", "clock should be", REPORT_MOMENT, 0, 0,
	  "what it should have shown at the last of them" },
	{ "clock_shown", "clock was", REPORT_MOMENT, 0, 0, "what it showed then" },
	{ "clock_held", "time is held", REPORT_FLAG, 0, 0,
	  "whether nothing lapses and no letter leaves for their sake" },
};
const struct report_table command_status_table = { columns, ARRAY_LENGTH(columns) };

/* What waits in the spool ------------------------------------------------------- */

struct waiting {
	struct spool *spool;
	uint64_t count;
	struct err err;
};

static void waiting_count(void *context, const char *code)
{
	static const enum spool_place places[] = { SPOOL_INCOMING, SPOOL_CLAIMED };
	struct waiting *waiting = context;

	for (size_t i = 0; i < ARRAY_LENGTH(places) && !waiting->err.code; i++) {
		uint64_t count = 0;

		if (spool_count(waiting->spool, code, places[i], &count, &waiting->err) == 0)
			waiting->count += count;
	}
}

static int waiting_read(const struct config *config, uint64_t *ret_count, struct err *err)
{
	struct waiting waiting = { 0 };
	CLEAN(spool) struct spool *spool = NULL;
	int r = spool_open(config->instance_directory, &spool, err);

	if (r < 0)
		return r;
	waiting.spool = spool;
	r = spool_contractor_each(spool, waiting_count, &waiting, err);
	if (r == 0 && waiting.err.code) {
		if (err)
			*err = waiting.err;
		r = -(int)waiting.err.code;
	}
	if (r == 0)
		*ret_count = waiting.count;
	return r;
}

/* Showing it ----------------------------------------------------------------------- */

static int show_text(struct command_run *run, const struct report_value *values,
		     struct err *err)
{
	char moment[CALENDAR_TEXT];
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(columns); i++) {
		const struct report_value *value = &values[i];
		const char *heading = columns[i].heading;

		if (value->none)
			r = command_print(run, err, "%-21s -\n", heading);
		else if (columns[i].type == REPORT_FLAG)
			r = command_print(run, err, "%-21s %s\n", heading,
					  i == 0 ? value->number ? "running" : "not running" :
					  value->number ? "yes" : "no");
		else if (columns[i].type == REPORT_MOMENT)
			r = command_print(run, err, "%-21s %s\n", heading,
					  calendar_to_rfc3339(value->number, moment));
		else
			r = command_print(run, err, "%-21s %lld\n", heading,
					  (long long)value->number);
	}
	return r;
}

static int acknowledge(struct command_run *run, const char *words, struct err *err)
{
	struct pg *pg;
	int64_t count = 0;
	int r = command_store_person(run, &pg, NULL, err);

	if (r == 0)
		r = store_clock_acknowledge(pg, words, &count, err);
	if (r < 0)
		return r;
	if (!count)
		return err_set(err, ERR_NEGATIVE, "no step of the clock stands");
	return command_say(run, err, "%lld step%s of the clock acknowledged; time counts again",
			   (long long)count, count == 1 ? "" : "s");
}

int command_status(struct command_run *run, struct err *err)
{
	const char *words = command_option(run, "acknowledge");
	struct store_clock_standing clock;
	CLEAN(report) struct report *report = NULL;
	const struct config *config;
	struct store_totals totals;
	uint64_t waiting = 0;
	struct pg *pg;
	int r;

	if (words)
		return acknowledge(run, words, err);
	r = command_store(run, STORE_OFFICER, &pg, err);
	if (r == 0)
		r = command_config(run, &config, err);
	if (r == 0)
		r = store_totals_read(pg, &totals, err);
	if (r == 0)
		r = store_clock_standing(pg, &clock, err);
	if (r == 0)
		r = waiting_read(config, &waiting, err);
	if (r < 0)
		return r;

	const struct report_value values[] = {
		report_flag(daemon_is_running(config->instance_directory)),
		report_number(totals.contractors),
		report_number(totals.systems),
		report_number(totals.batches),
		report_number(totals.events),
		report_number(totals.rejects),
		report_number(totals.duplicates),
		report_number(totals.violations),
		report_number(totals.refused),
		report_number((int64_t)waiting),
		report_number(0),
		report_moment(totals.first_event),
		report_moment(totals.last_event),
		report_moment(totals.last_delivery),
		report_number(clock.count),
		report_moment(clock.expected),
		report_moment(clock.shown),
		report_flag(clock.held),
	};
	_Static_assert(ARRAY_LENGTH(values) == ARRAY_LENGTH(columns), "one value a column");

	if (command_format(run) == REPORT_AS_TEXT)
		return show_text(run, values, err);
	report = command_report(run, &command_status_table);
	if (!report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = report_row(report, values, err);
	return r < 0 ? r : report_end(report, err);
}
