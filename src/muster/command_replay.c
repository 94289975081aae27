/* muster replay: what a standard makes of what is in the books. */
#include "muster/replaying.h"
#include "sigma/sigma.h"

#include <inttypes.h>
#include <stdlib.h>

#define STANDARDS_MOST 64

const struct command_option command_replay_options[] = {
	{ "standard", 0, "NAME|DIGEST|DIR", COMMAND_REPEATED,
	  "judge by this version (those that are in force)" },
	{ "contractor", 0, "CODE", 0, "only the records of this contractor" },
	{ "since", 0, "TIME", 0, "only days that end after TIME" },
	{ "until", 0, "TIME", 0, "only days that begin before TIME" },
	{ "late", 0, NULL, 0, "only what reference data came late for" },
	{ "apply", 0, NULL, 0, "change the books accordingly" },
	{ "reason", 0, "TEXT", 0, "why; goes on record with each change" },
	{ "scores", 0, NULL, 0, "show only what it does to the scores" },
	COMMAND_OPTIONS_END
};

static const struct report_column change_columns[] = {
	{ "contractor", "CODE", REPORT_TEXT, 0, 0, "whose records they are" },
	{ "what", "WHAT", REPORT_TEXT, 0, 0,
	  "what becomes of the violation: opened, extended, shrunk, changed, merged or withdrawn" },
	{ "id", "ID", REPORT_TEXT, 1, 0,
	  "its number; none where it would be opened" },
	{ "rule", "RULE", REPORT_TEXT, 0, 8, "the rule" },
	{ "subject_kind", "KIND", REPORT_TEXT, 4, 0, "what the subject is" },
	{ "subject", "SUBJECT", REPORT_TEXT, 0, 8, "against whom or what it is held" },
	{ "day", "DAY", REPORT_DATE, 0, 0, "day of its records" },
	{ "count_before", "RECORDS", REPORT_NUMBER, 0, 0, "records behind it, as it stands" },
	{ "count_after", "THEN", REPORT_NUMBER, 0, 0, "records behind it, as it is judged now" },
	{ "added", "ADDED", REPORT_NUMBER, 2, 0, "records that come to it" },
	{ "gone", "GONE", REPORT_NUMBER, 2, 0, "records that leave it" },
	{ "severity_before", "SEVERITY", REPORT_TEXT, 3, 0, "severity, as it stands" },
	{ "severity_after", "THEN", REPORT_TEXT, 3, 0, "severity, as it is judged now" },
	{ "state", "STATE", REPORT_TEXT, 3, 0, "its state before" },
	{ "left", "LEFT", REPORT_FLAG, 1, 0,
	  "whether it is left as it is, since people have decided on it" },
	{ "applied", "APPLIED", REPORT_FLAG, 5, 0, "whether the books were changed" },
};
const struct report_table command_replay_table = { change_columns,
						   ARRAY_LENGTH(change_columns) };

static const struct report_column score_columns[] = {
	{ "contractor", "CODE", REPORT_TEXT, 0, 0, "the contractor" },
	{ "standard", "STANDARD", REPORT_TEXT, 0, 8, "the standard" },
	{ "score_indicated_before", "INDICATED", REPORT_NUMBER, 0, 0,
	  "indicated score, as the books stand" },
	{ "score_indicated_after", "THEN", REPORT_NUMBER, 0, 0, "indicated score, judged again" },
	{ "score_of_record_before", "OF RECORD", REPORT_NUMBER, 0, 0,
	  "score of record, as the books stand" },
	{ "score_of_record_after", "THEN", REPORT_NUMBER, 0, 0, "score of record, judged again" },
	{ "standing_before", "STANDING", REPORT_TEXT, 1, 0, "standing, as the books stand" },
	{ "standing_after", "THEN", REPORT_TEXT, 1, 0, "standing, judged again" },
	{ "handling_open_before", "HANDLING", REPORT_NUMBER, 2, 0,
	  "open findings of handling, as the books stand" },
	{ "handling_open_after", "THEN", REPORT_NUMBER, 2, 0,
	  "open findings of handling, judged again" },
};
const struct report_table command_replay_score_table = { score_columns,
							 ARRAY_LENGTH(score_columns) };

struct replay_command {
	struct command_run *run;
	bool apply;
	struct report *changes, *scores;
};

static struct report_value severity(const struct store_replay_side *side)
{
	return side->severity ? report_string(sigma_level_name((enum sigma_level)side->severity)) :
				report_none();
}

static int show_change(void *context, const char *contractor,
		       const struct store_replay_change *change, struct err *err)
{
	struct replay_command *command = context;
	bool is_new = strcmp(change->what, "opened") == 0;
	const struct report_value values[] = {
		report_string(contractor),
		report_string(change->what),
		is_new && !command->apply ? report_none() : report_string(change->number),
		report_string(change->rule),
		report_string(change->subject_kind),
		report_string(change->subject),
		report_moment(change->day),
		change->before.count ? report_number(change->before.count) : report_none(),
		change->after.count ? report_number(change->after.count) : report_none(),
		report_number(change->added),
		report_number(change->gone),
		severity(&change->before),
		severity(&change->after),
		is_new ? report_none() : report_string(change->before.state),
		report_flag(change->left),
		report_flag(command->apply && !change->left),
	};

	return report_row(command->changes, values, err);
}

static int show_score(void *context, const struct replaying_score *score, struct err *err)
{
	struct replay_command *command = context;
	const struct report_value none = report_none();
	const struct report_value values[] = {
		report_string(score->contractor),
		report_string(score->standard),
		score->has_values ? report_number(score->indicated_before) : none,
		score->has_values ? report_number(score->indicated_after) : none,
		score->has_values ? report_number(score->record_before) : none,
		score->has_values ? report_number(score->record_after) : none,
		report_string(score->standing_before),
		report_string(score->standing_after),
		report_number(score->handling_before),
		report_number(score->handling_after),
	};

	return report_row(command->scores, values, err);
}

/* CSV is one table: of changes, or with --scores of scores. */
static int begin_tables(struct replay_command *command, struct replaying_asked *asked,
			struct err *err)
{
	bool only_scores = command_has(command->run, "scores");
	bool one = command_format(command->run) == REPORT_AS_CSV;

	if (!only_scores) {
		command->changes = command_report(command->run, &command_replay_table);
		asked->change = show_change;
	}
	if (only_scores || !one) {
		command->scores = command_report(command->run, &command_replay_score_table);
		asked->score = show_score;
	}
	if ((asked->change && !command->changes) || (asked->score && !command->scores))
		return err_set(err, ERR_MEMORY, "out of memory");
	return 0;
}

static int end_tables(struct replay_command *command, const struct replaying_totals *totals,
		      struct err *err)
{
	int r = command->changes ? report_end(command->changes, err) : 0;

	if (r == 0 && command->changes && report_row_count(command->changes))
		r = command_say(command->run, err, "%s", "");
	if (r == 0 && command->scores)
		r = report_end(command->scores, err);
	if (r == 0 && command->scores && report_row_count(command->scores))
		r = command_say(command->run, err, "%s", "");
	if (r < 0)
		return r;
	r = command_say(command->run, err,
			"%" PRId64 " record%s of %" PRId64 " log%s read again: %" PRId64
			" violation%s %s.", totals->records, totals->records == 1 ? "" : "s",
			totals->batches, totals->batches == 1 ? "" : "s", totals->changes,
			totals->changes == 1 ? "" : "s",
			command->apply ? "changed" : totals->changes == 1 ? "differs" : "differ");
	if (r == 0 && totals->left)
		r = command_say(command->run, err,
				"Of these, %" PRId64 " %s left as they are: people have decided on them.",
				totals->left, command->apply ? "were" : "would be");
	return r;
}

static int read_asked(struct command_run *run, struct replaying_asked *asked, struct err *err)
{
	int r = command_option_moment(run, "since", &asked->since, err);

	if (r >= 0)
		r = command_option_moment(run, "until", &asked->until, err);
	if (r < 0)
		return r;
	asked->contractor = command_option(run, "contractor");
	asked->reason = command_option(run, "reason");
	asked->late = command_has(run, "late");
	asked->apply = command_has(run, "apply");
	if (asked->late && (asked->since != MOMENT_NONE || asked->until != MOMENT_NONE))
		return err_set(err, ERR_USAGE, "--late finds by itself which days it is about");
	if (asked->since != MOMENT_NONE && asked->until != MOMENT_NONE &&
	    asked->since >= asked->until)
		return err_set(err, ERR_USAGE, "--since must lie before --until");
	if (asked->reason && !*asked->reason)
		return err_set(err, ERR_USAGE, "--reason needs some words");
	if (asked->apply && !asked->late && !asked->reason)
		return err_set(err, ERR_USAGE, "--apply needs --reason TEXT, for the record");
	if (!asked->apply)
		asked->reason = "not applied";
	return 0;
}

static int replay(struct replay_command *command, struct replaying_asked *asked, struct err *err)
{
	CLEAN(replaying) struct replaying *replaying = NULL;
	const char *standards[STANDARDS_MOST];
	struct replaying_totals totals;
	size_t count = 0;
	int r;

	while (count < STANDARDS_MOST &&
	       (standards[count] = command_option_at(command->run, "standard", count)))
		count++;
	r = replaying_new(command->run, standards, count, &replaying, err);
	if (r == 0)
		r = begin_tables(command, asked, err);
	if (r == 0)
		r = replaying_do(replaying, asked, &totals, err);
	return r < 0 ? r : end_tables(command, &totals, err);
}

int command_replay(struct command_run *run, struct err *err)
{
	struct replaying_asked asked = { .since = MOMENT_NONE, .until = MOMENT_NONE };
	struct replay_command command = { .run = run, .apply = command_has(run, "apply") };
	int r = read_asked(run, &asked, err);

	asked.context = &command;
	if (r == 0)
		r = replay(&command, &asked, err);
	/* Nothing can be late where nothing is judged. */
	if (r < 0 && asked.late && !asked.contractor && err->code == ERR_NEGATIVE)
		r = 0;
	report_free(command.changes);
	report_free(command.scores);
	return r;
}
