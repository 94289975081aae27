/*
 * Rules and a file of events, without an instance: what "muster rule test"
 * and "muster rule explain --events" share.
 */
#ifndef MUSTER_RULE_TRIAL_H
#define MUSTER_RULE_TRIAL_H

#include "muster/command.h"
#include "sigma/sigma.h"

/* Options of both; flags and help are those of --events. */
#define RULE_TRIAL_OPTIONS(flags, help)                                                   \
	{"events", 'e', "FILE", flags, help},                                             \
	{"input-format", 0, "FORMAT", 0,                                                  \
	 "json-lines (the default) or a format of muster-formats(5)"},                    \
	{"time-field", 0, "FIELD", 0, "json-lines: field with the time, if not \"time\""}, \
	{"logsource", 0, NULL, 0, "heed the rules' logsource"},                           \
	{"roster", 0, "FILE", COMMAND_REPEATED,                                           \
	 "reference data to join the events to, as in muster-roster(5)"},                 \
	{"placeholder", 0, "NAME=VALUE", COMMAND_REPEATED,                                \
	 "a value of %NAME% under the modifier expand"}

struct rule_trial {
	struct command_run *run;
	struct event_names *names;
	struct sigma_set *set;
	const char *time_field;
	bool json_lines;
	struct roster *roster;
	struct roster_join *join;
	/* Of the one that reads. */
	int (*event)(void *context, const struct event *event, bool timed, struct err *err);
	void *context;
};

/* The rules of the arguments, compiled, with what the options add. One refused is an error. */
int rule_trial_begin(struct rule_trial *trial, struct command_run *run, struct err *err) MUST_CHECK;
/* Each event of --events; timed: it says its time. What is not taken is warned of. */
int rule_trial_read(struct rule_trial *trial,
		    int event(void *context, const struct event *event, bool timed, struct err *err),
		    void *context, struct err *err) MUST_CHECK;
void rule_trial_end(struct rule_trial *trial);

/* How people call a rule: its id, name or title. */
const char *rule_trial_name(const struct sigma_rule *rule);

#endif
