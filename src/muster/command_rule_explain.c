/* muster rule explain: how rules were understood, and what they say of records. */
#include "config.h"

#include "muster/command.h"
#include "muster/rule_files.h"
#include "muster/rule_notice.h"
#include "muster/rule_trial.h"

#include <stdlib.h>

const struct command_option command_rule_explain_options[] = {
	RULE_TRIAL_OPTIONS(0, "what the rules say of each of these events; - is standard input"),
	{"line", 0, "NUMBER", 0, "of the events only the one of that line"},
	{"rule", 0, "NAME", 0, "of the rules only that one: its id, name or title"},
	COMMAND_OPTIONS_END};

static bool is_called(const struct sigma_rule *rule, const char *name)
{
	return strcmp(rule->id, name) == 0 || strcmp(rule->name, name) == 0 ||
	       strcmp(rule->title, name) == 0;
}

/* A correlation, and those that it is about. */
static void choose(const struct sigma_set *set, size_t number, bool *chosen)
{
	const struct sigma_correlation *about = sigma_set_correlation(set, number);
	if (chosen[number])
		return;
	chosen[number] = true;
	for (size_t i = 0; about && i < about->rule_count; i++)
		choose(set, about->rules[i], chosen);
}

/* *ret_chosen: by rule; to be freed. */
static int choose_rules(struct command_run *run, const struct sigma_set *set, bool **ret_chosen,
			struct err *err)
{
	const char *name = command_option(run, "rule");
	bool found = !name;
	*ret_chosen = calloc(sigma_set_count(set) + 1, sizeof(**ret_chosen));
	if (!*ret_chosen)
		return err_set(err, ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < sigma_set_count(set); i++) {
		if (name && !is_called(sigma_set_rule(set, i), name))
			continue;
		choose(set, i, *ret_chosen);
		found = true;
	}
	return found ? 0 : err_set(err, ERR_USAGE, "there is no rule of the id, name or title '%s'", name);
}

/* How they were understood --------------------------------------------------------- */

static const struct report_column explain_columns[] = {
	{"file", "FILE", REPORT_TEXT, 0, 20, "file of the rule"},
	{"line", "LINE", REPORT_NUMBER, 0, 0, "line of its first word, from 1"},
	{"id", "ID", REPORT_TEXT, 0, 8, "its id"},
	{"name", "NAME", REPORT_TEXT, 0, 8, "its name"},
	{"title", "TITLE", REPORT_TEXT, 0, 10, "its title"},
	{"explanation", "EXPLANATION", REPORT_TEXT, 0, 10, "how it was understood, in lines"},
};
static const struct report_table explain_table = {explain_columns,
						  ARRAY_LENGTH(explain_columns)};

/* In text an empty line between two; else a row each. */
static int explain_one(struct command_run *run, struct report *report,
		       const struct sigma_set *set, size_t number, bool first,
		       struct buffer *out, struct err *err)
{
	const struct sigma_rule *rule = sigma_set_rule(set, number);
	bool as_text = command_format(run) == REPORT_AS_TEXT;

	buffer_reset(out);
	if (!first && as_text)
		buffer_add_byte(out, '\n');
	sigma_set_explain(set, number, out);
	if (as_text)
		return command_write(run, buffer_text(out), err);
	buffer_add_byte(out, '\0');
	if (out->failed)
		return err_set(err, ERR_LIMIT, "the explanation of %s is too long", rule->title);
	const struct report_value values[] = {
		report_string(rule->file),
		report_number(rule->line),
		report_string(*rule->id ? rule->id : NULL),
		report_string(*rule->name ? rule->name : NULL),
		report_string(rule->title),
		report_string(out->data),
	};
	return report_row(report, values, err);
}

static int explain_rules(struct command_run *run, struct sigma_set *set, struct err *err)
{
	CLEAN(buffer) struct buffer out;
	CLEAN(report) struct report *report = command_report(run, &explain_table);
	int refused = 0;
	buffer_init(&out, 64u << 20);
	if (!report)
		return err_set(err, ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < command_arguments(run); i++) {
		int result = rule_files_add(set, command_argument(run, i), rule_notice_warn, NULL,
					    err);
		if (result < 0)
			return result;
		refused += result;
	}
	refused += sigma_set_link(set, rule_notice_warn, NULL);
	int result = sigma_set_compile(set, false, err);
	bool *chosen = NULL, first = true;
	if (result >= 0)
		result = choose_rules(run, set, &chosen, err);
	for (size_t i = 0; result >= 0 && i < sigma_set_count(set); i++) {
		if (!chosen[i])
			continue;
		result = explain_one(run, report, set, i, first, &out, err);
		first = false;
	}
	free(chosen);
	if (result >= 0 && command_format(run) != REPORT_AS_TEXT)
		result = report_end(report, err);
	if (result >= 0 && refused)
		return err_set(err, ERR_NEGATIVE, "%d refused", refused);
	return result;
}

static int explain_set(struct command_run *run, struct err *err)
{
	struct event_names *names = event_names_new();
	struct sigma_set *set = names ? sigma_set_new(names) : NULL;
	if (set)
		sigma_set_placeholders_optional(set);
	int result = set ? explain_rules(run, set, err) : err_set(err, ERR_MEMORY, "out of memory");
	sigma_set_free(set);
	event_names_free(names);
	return result;
}

/* What they say of records ---------------------------------------------------------- */

enum { SAID_LINE, SAID_RULE, SAID_DEPTH, SAID_HOLDS, SAID_TEST, SAID_HAS, SAID_COUNT };
static const struct report_column said_columns[SAID_COUNT] = {
	{"line", "LINE", REPORT_NUMBER, 0, 0, "line of the record"},
	{"rule", "RULE", REPORT_TEXT, 0, 8, "name, id or title of the rule"},
	{"depth", "DEPTH", REPORT_NUMBER, 0, 0, "how deep in its condition; 0: the whole rule"},
	{"holds", "HOLDS", REPORT_FLAG, 0, 0, "whether that is true of the record"},
	{"test", "TEST", REPORT_TEXT, 0, 10, "what is asked"},
	{"has", "HAS", REPORT_TEXT, 0, 10, "what the record has there"},
};
static const struct report_table said_table = {said_columns, SAID_COUNT};

struct explaining {
	struct rule_trial trial;
	struct report *report;     /* NULL: as text */
	struct buffer out;
	bool *chosen;
	uint64_t only_line, records;
	/* of the record at hand */
	const struct event *event;
	const char *rule;
};

static const char *short_name(const struct sigma_rule *rule)
{
	return *rule->name ? rule->name : *rule->id ? rule->id : rule->title;
}

/* A row, or a line: yes or no, then the test under what it is part of. */
static int say(struct explaining *explaining, unsigned depth, bool holds, struct text test,
	       struct text has, struct err *err)
{
	struct buffer *out = &explaining->out;
	if (explaining->report) {
		const struct report_value values[SAID_COUNT] = {
			[SAID_LINE] = report_number((int64_t)explaining->event->line),
			[SAID_RULE] = report_string(explaining->rule),
			[SAID_DEPTH] = report_number(depth),
			[SAID_HOLDS] = report_flag(holds),
			[SAID_TEST] = report_text(test),
			[SAID_HAS] = has.length ? report_text(has) : report_none(),
		};
		return report_row(explaining->report, values, err);
	}
	buffer_reset(out);
	buffer_add_format(out, "    %-5s%*s%.*s", holds ? "yes" : "no", (int)(depth - 1) * 4, "",
			  TEXT_PRINT(test));
	if (has.length)
		buffer_add_format(out, ": %.*s", TEXT_PRINT(has));
	buffer_add_byte(out, '\n');
	return command_write(explaining->trial.run, buffer_text(out), err);
}

static int on_verdict(void *context, const struct sigma_verdict *verdict, struct err *err)
{
	return say(context, verdict->depth + 1, verdict->holds, verdict->words, verdict->values, err);
}

/* The rule itself, before its tests. */
static int say_rule(struct explaining *explaining, const struct sigma_rule *rule, bool holds,
		    const char *remark, struct err *err)
{
	struct buffer *out = &explaining->out;
	explaining->rule = short_name(rule);
	if (explaining->report)
		return say(explaining, 0, holds, text_of(*remark ? remark : "the rule"), TEXT_NONE,
			   err);
	buffer_reset(out);
	buffer_add_format(out, "line %llu: ", (unsigned long long)explaining->event->line);
	buffer_add_escaped(out, text_of(rule->title), 0);
	if (*rule->name) {
		buffer_add_string(out, " (");
		buffer_add_escaped(out, text_of(rule->name), 0);
		buffer_add_byte(out, ')');
	}
	buffer_add_format(out, ": %s%s%s\n", holds ? "yes" : "no", *remark ? ", " : "", remark);
	return command_write(explaining->trial.run, buffer_text(out), err);
}

static int say_event_rule(struct explaining *explaining, size_t number, struct err *err)
{
	struct sigma_set *set = explaining->trial.set;
	struct sigma_judgement judgement;
	char remark[120] = "";
	int done = sigma_set_judge(set, number, explaining->event, &judgement, NULL, NULL, err);
	if (done < 0)
		return done;
	if (!judgement.of_source)
		snprintf(remark, sizeof(remark), "it is not for records of this kind");
	else if (explaining->event->part_count > 1)
		snprintf(remark, sizeof(remark), "%sby record %u of its %u",
			 judgement.holds ? "" : "most nearly ", judgement.part + 1,
			 explaining->event->part_count);
	done = say_rule(explaining, sigma_set_rule(set, number),
			judgement.of_source && judgement.holds, remark, err);
	return done < 0 ? done :
			  sigma_set_judge(set, number, explaining->event, &judgement, on_verdict,
					  explaining, err);
}

/* The value of the record by which a correlation groups those of one of its rules. */
static bool group_value(const struct explaining *explaining, const struct sigma_correlation *about,
			size_t place, size_t nth, char scratch[EVENT_SCRATCH], struct text *ret)
{
	return sigma_set_value(explaining->trial.set, explaining->event,
			       about->group_columns[place * about->group_count + nth], scratch, ret);
}

static bool has_group(const struct explaining *explaining, const struct sigma_correlation *about,
		      size_t place)
{
	char scratch[EVENT_SCRATCH];
	struct text value;
	bool known = true;
	for (size_t i = 0; known && i < about->group_count; i++)
		known = group_value(explaining, about, place, i, scratch, &value);
	return known;
}

/* Whether the record fulfils a rule; or counts for a correlation, in some group. */
static int counts(struct explaining *explaining, size_t number, bool *ret, struct err *err)
{
	const struct sigma_correlation *about = sigma_set_correlation(explaining->trial.set, number);
	struct sigma_judgement judgement = { .holds = false };
	int done = 0;

	*ret = false;
	for (size_t i = 0; about && done >= 0 && !*ret && i < about->rule_count; i++) {
		done = counts(explaining, about->rules[i], ret, err);
		*ret = *ret && has_group(explaining, about, i);
	}
	if (about)
		return done;
	done = sigma_set_judge(explaining->trial.set, number, explaining->event, &judgement, NULL, NULL,
			       err);
	*ret = judgement.of_source && judgement.holds;
	return done;
}

/* Where the correlation puts a record that one of its rules is about. */
static int say_group(struct explaining *explaining, const struct sigma_correlation *about, size_t place,
		     struct err *err)
{
	CLEAN(buffer) struct buffer test, has;
	int done = 0;

	buffer_init(&test, 1u << 16);
	buffer_init(&has, 1u << 16);
	for (size_t i = 0; done >= 0 && i < about->group_count; i++) {
		char scratch[EVENT_SCRATCH];
		struct text value;
		bool known = group_value(explaining, about, place, i, scratch, &value);
		buffer_reset(&test);
		buffer_reset(&has);
		buffer_add_string(&test, "group-by ");
		buffer_add_escaped(&test, text_of(about->group_by[i]), 200);
		buffer_add_string(&has, known ? "\"" : "not known: it is left out");
		if (known) {
			buffer_add_escaped(&has, value, 200);
			buffer_add_byte(&has, '"');
		}
		done = say(explaining, 2, known, buffer_text(&test), buffer_text(&has), err);
	}
	return done;
}

static int say_correlation(struct explaining *explaining, size_t number, struct err *err)
{
	struct sigma_set *set = explaining->trial.set;
	const struct sigma_correlation *about = sigma_set_correlation(set, number);
	CLEAN(buffer) struct buffer test;
	bool counted;
	int done = counts(explaining, number, &counted, err);

	buffer_init(&test, 1u << 16);
	if (done >= 0)
		done = say_rule(explaining, sigma_set_rule(set, number), counted,
				!about->rule_count ? "it is about deliveries, not records" :
				counted ? "it is one of those that are looked at together" :
					  "it is none of those that are looked at together", err);
	for (size_t i = 0; done >= 0 && i < about->rule_count; i++) {
		bool chained = sigma_set_correlation(set, about->rules[i]);
		done = counts(explaining, about->rules[i], &counted, err);
		buffer_reset(&test);
		buffer_add_string(&test, chained ? "it counts for runs of " : "it counts for ");
		buffer_add_escaped(&test, text_of(short_name(sigma_set_rule(set, about->rules[i]))), 200);
		if (done >= 0)
			done = say(explaining, 1, counted, buffer_text(&test), TEXT_NONE, err);
		if (done >= 0 && counted)
			done = say_group(explaining, about, i, err);
	}
	return done;
}

static int on_event(void *context, const struct event *event, bool timed UNUSED, struct err *err)
{
	struct explaining *explaining = context;
	int done = 0;
	if (explaining->only_line && event->line != explaining->only_line)
		return 0;
	explaining->event = event;
	explaining->records++;
	for (size_t i = 0; done >= 0 && i < sigma_set_count(explaining->trial.set); i++) {
		if (!explaining->chosen[i])
			continue;
		done = sigma_set_correlation(explaining->trial.set, i) ?
			       say_correlation(explaining, i, err) :
			       say_event_rule(explaining, i, err);
	}
	return done;
}

static int explain_events(struct explaining *explaining, struct command_run *run, struct err *err)
{
	int done = rule_trial_begin(&explaining->trial, run, err);
	if (done >= 0)
		done = choose_rules(run, explaining->trial.set, &explaining->chosen, err);
	if (done >= 0)
		done = rule_trial_read(&explaining->trial, on_event, explaining, err);
	if (done >= 0 && explaining->records == 0)
		done = explaining->only_line ?
			       err_set(err, ERR_NEGATIVE, "line %llu of %s is not where a record begins",
				       (unsigned long long)explaining->only_line,
				       command_option(run, "events")) :
			       err_set(err, ERR_NEGATIVE, "there is no record in %s",
				       command_option(run, "events"));
	return done >= 0 && explaining->report ? report_end(explaining->report, err) : done;
}

int command_rule_explain(struct command_run *run, struct err *err)
{
	struct explaining explaining = { .event = NULL };
	const char *line = command_option(run, "line");
	if (!command_has(run, "events"))
		return line ? err_set(err, ERR_USAGE, "--line is of --events") : explain_set(run, err);
	if (line && (!text_to_u64(text_of(line), &explaining.only_line) || !explaining.only_line))
		return err_set(err, ERR_USAGE, "--line wants a number from 1, not '%s'", line);
	if (command_format(run) != REPORT_AS_TEXT)
		explaining.report = command_report(run, &said_table);
	buffer_init(&explaining.out, 16u << 20);
	int done = explain_events(&explaining, run, err);
	buffer_done(&explaining.out);
	free(explaining.chosen);
	report_free(explaining.report);
	rule_trial_end(&explaining.trial);
	return done;
}
