/* A violation of the queue in the words that people read, and its filters. */
#ifndef MUSTER_QUEUE_WORDS_H
#define MUSTER_QUEUE_WORDS_H

#include "muster/command.h"

/* "CRIT !!!": a word and a shape, so that nobody needs colours. */
const char *queue_severity(int severity);

#define QUEUE_CLOCK 40
/* "US 1d 04h", "LATE 3h 05m", "paused", "-". */
const char *queue_clock(const struct store_violation *violation, int64_t now,
			char ret_words[QUEUE_CLOCK]);
/* Seconds; INT64_MIN where no clock runs. */
int64_t queue_time_left(const struct store_violation *violation, int64_t now);

enum queue_flag {
#define FLAG(identifier, name, meaning) QUEUE_FLAG_##identifier,
#include "muster/flags.def"
#undef FLAG
	QUEUE_FLAGS
};
struct queue_flag_description {
	const char *name, *meaning;
};
const struct queue_flag_description *queue_flag_describe(enum queue_flag flag);

/* What flags depend on besides the violation. */
struct queue_moment {
	int64_t now;               /* moment */
	int64_t exception_ending;  /* microseconds before its end */
};
struct queue_moment queue_moment(struct command_run *run, int64_t now);
/* "disputed" …; returns how many. */
size_t queue_flags(const struct store_violation *violation, struct queue_moment at,
		   struct text ret_flags[QUEUE_FLAGS]);
/* "noticed disputed needs-2nd" */
void queue_state_add(struct buffer *out, const struct store_violation *violation,
		     struct queue_moment at);

/* Why it stands where it stands in the queue, in lines. */
void queue_why_add(struct buffer *out, const struct store_violation *violation,
		   enum store_urgency urgency, int64_t now);

/* What the words of a filter mean to the person who runs the command. */
struct filter_words queue_filter_words(struct command_run *run);
/*
 * The query of the options --filter, --saved, --mine and so on of a command
 * that has them; all have to hold. pg: for --saved.
 */
int queue_query(struct command_run *run, struct pg *pg, struct store_queue_query *ret,
		struct err *err) MUST_CHECK;
/* A filter of the person that is kept under the name, in the run's arena. */
int queue_saved_filter(struct command_run *run, struct pg *pg, const char *name,
		       struct text *ret_words, struct err *err) MUST_CHECK;

/* Options that queue_query() understands. */
#define QUEUE_FILTER_OPTIONS                                                             \
	{ "filter", 0, "FILTER", 0, "only violations that it describes, such as 'severity>=high and clock<24h'" }, \
	{ "saved", 0, "NAME", 0, "only those of a filter that was kept with muster filter save" }, \
	{ "contractor", 0, "CODE", 0, "only violations of this contractor" },            \
	{ "rule", 0, "NAME", 0, "only violations of this rule" },                        \
	{ "severity", 0, "LEVEL", 0,                                                     \
	  "only those of this severity; LEVEL+ takes those above it too" },              \
	{ "state", 0, "STATE", 0, "only those in this state" },                          \
	{ "subject", 0, "TEXT", 0, "only those whose subject has TEXT in it" },          \
	{ "since", 0, "TIME", 0, "only those with events at TIME or later" },            \
	{ "until", 0, "TIME", 0, "only those with events before TIME" },                 \
	{ "mine", 0, NULL, 0, "only those that are yours" },                             \
	{ "overdue", 0, NULL, 0, "only those whose clock has run out" },                 \
	{ "waits", 0, NULL, 0, "only those that wait for your signature, since a colleague decided" }

#endif
