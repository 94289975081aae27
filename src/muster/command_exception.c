/*
 * muster exception: enduring exceptions and temporary deficiencies on file
 * (32 CFR 170.24(b)(1)), proposed by one person and approved by another.
 */
#include "muster/command.h"

const struct command_option command_exception_add_options[] = {
	{ "kind", 'k', "KIND", COMMAND_REQUIRED, "enduring or temporary" },
	{ "reference", 'r', "TEXT", COMMAND_REQUIRED,
	  "where it stands: section of the system security plan, or operational plan of action" },
	{ "reason", 0, "TEXT", COMMAND_REQUIRED, "why the requirement cannot be met there, and what is done instead" },
	{ "owner", 'o', "NAME", COMMAND_REQUIRED, "who answers for it" },
	{ "until", 'u', "TIME", COMMAND_REQUIRED, "when it ends; it is looked at again before" },
	{ "from", 0, "TIME", 0, "when it begins (default: now)" },
	{ "rule", 0, "NAME", 0, "cover only what this rule found" },
	{ "subject", 0, "TEXT", 0, "cover only findings about this subject" },
	{ "standard", 0, "NAME", 0, "standard of the requirement (default: nist-800-171r2)" },
	COMMAND_OPTIONS_END
};
#define NOTE_OPTIONS                                                                     \
	{                                                                                \
		{ "note", 'm', "TEXT", COMMAND_REQUIRED, "why, for the record" },        \
			COMMAND_OPTIONS_END                                              \
	}
const struct command_option command_exception_approve_options[] = NOTE_OPTIONS;
const struct command_option command_exception_refuse_options[] = NOTE_OPTIONS;
const struct command_option command_exception_end_options[] = NOTE_OPTIONS;
const struct command_option command_exception_list_options[] = {
	{ "as-of", 0, "TIME", 0, "as the books stood at TIME" },
	{ "in-force", 0, NULL, 0, "only those that cover something then" },
	COMMAND_OPTIONS_END
};

/* Adding and deciding -------------------------------------------------------------- */

int command_exception_add(struct command_run *run, struct err *err)
{
	const char *standard = command_option(run, "standard");
	struct store_exception exception = {
		.contractor = command_argument(run, 0),
		.kind = command_option(run, "kind"),
		.standard = standard ? standard : "nist-800-171r2",
		.requirement = command_argument(run, 1),
		.rule = command_option(run, "rule"),
		.subject = command_option(run, "subject"),
		.reference = command_option(run, "reference"),
		.reason = command_option(run, "reason"),
		.owner = command_option(run, "owner"),
		.from = command_now(run),
	};
	struct pg *pg;
	int64_t id;
	int r = 0;

	if (strcmp(exception.kind, "enduring") != 0 && strcmp(exception.kind, "temporary") != 0)
		r = err_set(err, ERR_USAGE, "--kind %s: it is enduring or temporary",
			    exception.kind);
	if (r >= 0)
		r = command_option_moment(run, "from", &exception.from, err);
	if (r >= 0)
		r = command_option_moment(run, "until", &exception.until, err);
	if (r >= 0 && exception.until <= exception.from)
		r = err_set(err, ERR_USAGE, "--until must be after --from");
	if (r >= 0)
		r = command_store_person(run, &pg, NULL, err);
	if (r == 0)
		r = store_exception_propose(pg, &exception, &id, err);
	if (r < 0)
		return r;
	return command_say(run, err,
			   "exception %lld of %s is proposed; it covers nothing before a supervisor approves it: muster exception approve %s %lld",
			   (long long)id, exception.contractor, exception.contractor,
			   (long long)id);
}

static int decide(struct command_run *run, const char *decision, struct err *err)
{
	const char *code = command_argument(run, 0);
	struct text digits = text_of(command_argument(run, 1));
	int64_t id;
	struct pg *pg;
	int r = 0;

	if (!text_to_i64(digits, &id) || id < 1)
		r = err_set(err, ERR_USAGE, "\"%.*s\" is no number of an exception",
			    TEXT_PRINT(digits));
	if (r == 0)
		r = command_store_person(run, &pg, NULL, err);
	if (r == 0)
		r = store_exception_decide(pg, code, id, decision,
					   command_option(run, "note"), err);
	if (r < 0)
		return r;
	return command_say(run, err, "exception %lld of %s is %s.", (long long)id, code,
			   decision);
}

int command_exception_approve(struct command_run *run, struct err *err)
{
	return decide(run, "approved", err);
}

int command_exception_refuse(struct command_run *run, struct err *err)
{
	return decide(run, "refused", err);
}

int command_exception_end(struct command_run *run, struct err *err)
{
	return decide(run, "ended", err);
}

/* Listing --------------------------------------------------------------------------- */

static const struct report_column columns[] = {
	{ "contractor", "CODE", REPORT_TEXT, 0, 0, "code of the contractor" },
	{ "id", "NUMBER", REPORT_NUMBER, 0, 0, "number of the exception, counted by contractor" },
	{ "kind", "KIND", REPORT_TEXT, 0, 0, "enduring or temporary" },
	{ "standard", "STANDARD", REPORT_TEXT, 3, 0, "standard of the requirement" },
	{ "requirement", "REQ.", REPORT_TEXT, 0, 0, "requirement that it covers" },
	{ "rule", "RULE", REPORT_TEXT, 1, 0, "rule whose findings it covers; none: any" },
	{ "subject", "SUBJECT", REPORT_TEXT, 1, 0, "subject of the findings that it covers; none: any" },
	{ "state", "STATE", REPORT_TEXT, 0, 0, "proposed, approved, refused, ended or expired" },
	{ "from", "FROM", REPORT_MOMENT, 2, 0, "when it begins" },
	{ "until", "UNTIL", REPORT_MOMENT, 0, 0, "when it ends" },
	{ "owner", "OWNER", REPORT_TEXT, 0, 6, "who answers for it" },
	{ "reference", "REFERENCE", REPORT_TEXT, 1, 10, "where it stands" },
	{ "reason", "REASON", REPORT_TEXT, 4, 12, "why, and what is done instead" },
	{ "proposed_at", "PROPOSED", REPORT_MOMENT, 4, 0, "when it was proposed" },
	{ "proposed_by", "BY", REPORT_TEXT, 3, 0, "who proposed it" },
	{ "decided_at", "DECIDED", REPORT_MOMENT, 4, 0, "when the last decision on it was made" },
	{ "decided_by", "BY", REPORT_TEXT, 3, 0, "who made it" },
};
const struct report_table command_exception_table = { columns, ARRAY_LENGTH(columns) };

static struct report_value string_or_none(const char *string)
{
	return string ? report_string(string) : report_none();
}

static int row_show(void *report, const struct store_exception *row, struct err *err)
{
	const struct report_value values[] = {
		report_string(row->contractor),
		report_number(row->id),
		report_string(row->kind),
		report_string(row->standard),
		report_string(row->requirement),
		string_or_none(row->rule),
		string_or_none(row->subject),
		report_string(row->state),
		report_moment(row->from),
		report_moment(row->until),
		report_string(row->owner),
		report_string(row->reference),
		report_string(row->reason),
		report_moment(row->proposed),
		report_string(row->proposed_by),
		report_moment(row->decided),
		string_or_none(row->decided_by),
	};

	return report_row(report, values, err);
}

int command_exception_list(struct command_run *run, struct err *err)
{
	CLEAN(report) struct report *report = command_report(run, &command_exception_table);
	int64_t as_of = command_now(run);
	struct pg *pg;
	int r = report ? command_option_moment(run, "as-of", &as_of, err) :
			 err_set(err, ERR_MEMORY, "out of memory");

	if (r >= 0)
		r = command_store(run, STORE_OFFICER, &pg, err);
	if (r == 0)
		r = store_exceptions(pg, command_argument(run, 0), as_of,
				     command_has(run, "in-force"), row_show, report, err);
	if (r == 0)
		r = report_end(report, err);
	if (r == 0 && report_row_count(report) == 0)
		return err_set(err, ERR_NEGATIVE, "no exception is on file");
	return r;
}
