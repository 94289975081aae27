/*
 * sigma: rules in Sigma's YAML compiled once, then matched against events.
 * Floor 3: pure. Specification 2.x; where it is silent, muster-rules(5)
 * says what is meant.
 *
 * Cost follows the rules that could match an event, not the rules that
 * exist. Matching allocates nothing per event.
 */
#ifndef SIGMA_SIGMA_H
#define SIGMA_SIGMA_H

#include "event/event.h"

enum sigma_level {
	SIGMA_INFORMATIONAL = 1,
	SIGMA_LOW = 2,
	SIGMA_MEDIUM = 3,
	SIGMA_HIGH = 4,
	SIGMA_CRITICAL = 5,
};
const char *sigma_level_name(enum sigma_level level);

/* What a violation of a rule is held against. */
enum sigma_subject {
	SIGMA_SUBJECT_ACTOR,       /* the default; else address, host, object: the first known */
	SIGMA_SUBJECT_OBJECT,
	SIGMA_SUBJECT_HOST,
	SIGMA_SUBJECT_ADDRESS,
	SIGMA_SUBJECT_SESSION,
};

/*
 * What a rule says about itself. Texts are terminated and live as long as
 * the set; id to status are empty where the rule gives none. "muster:" is
 * this program's own map at the rule's top level: requirements, strength,
 * subject, says (what the standard asks, in words).
 */
struct sigma_rule {
	const char *file;
	unsigned line;             /* of the document's first line */
	const char *id, *name, *title, *description, *status;
	enum sigma_level level;    /* SIGMA_MEDIUM where the rule gives none */
	const char *product, *category, *service;  /* NULL: not given */
	const char *const *requirements;           /* NULL-terminated */
	const char *const *tags;                   /* NULL-terminated */
	const char *const *false_positives;        /* NULL-terminated */
	const char *says;          /* or NULL */
	bool direct;               /* muster.strength: direct (true) or indirect */
	enum sigma_subject subject;
	bool correlation;          /* not an event rule */
	bool joined;               /* it asks what reference data says */
	/* Correlations use it and none asks to "generate" it: that it matches
	 * is no finding of its own. */
	bool only_correlated;
	/* Bit n: enum event_source n is of its logsource. 0: no format can
	 * give what it looks for. A correlation has what its rules have. */
	uint32_t sources;
};

/* What became of one document of a file; the place is the first at fault. */
enum sigma_severity { SIGMA_OK, SIGMA_WARNING, SIGMA_REFUSED };
struct sigma_notice {
	const char *file;
	unsigned line, column;     /* from 1; 0: the whole file */
	enum sigma_severity severity;
	const char *rule_id, *rule_title;  /* "" where not known */
	const char *reason;        /* warnings are joined by "; "; "" for OK */
};
typedef void sigma_notice_function(void *context, const struct sigma_notice *notice);

struct sigma_set;
/* Field names are interned into names, which must outlive the set. */
struct sigma_set *sigma_set_new(struct event_names *names);
void sigma_set_free(struct sigma_set *set);
/*
 * The values that "%name%" stands for under the modifier expand; they may
 * hold wildcards. Before the adds. A rule that names a placeholder without
 * a list is refused, unless placeholders are optional: then the list is
 * empty, and the rule gets a warning.
 */
int sigma_set_placeholder(struct sigma_set *set, struct text name,
			  const struct text *values, size_t count, struct err *err) MUST_CHECK;
void sigma_set_placeholders_optional(struct sigma_set *set);
/*
 * Add every document of one YAML text. What cannot be honoured is refused
 * and reported; the rest is added. notice (may be NULL) is called once for
 * each document that is a rule, a correlation or a filter, and for a text
 * that is no YAML. Returns the number refused, or a negative error (out of
 * memory).
 */
int sigma_set_add(struct sigma_set *set, const char *file, struct text yaml,
		  sigma_notice_function *notice, void *context, struct err *err) MUST_CHECK;
/*
 * Let correlations find their rules among all that was added. What names a
 * rule that is not there, or itself, is refused and leaves the set. Returns
 * the number refused.
 */
int sigma_set_link(struct sigma_set *set, sigma_notice_function *notice, void *context);
/*
 * After the last add, before the first match. check_source: heed logsources.
 * Links where that was not done; a correlation refused then is an error.
 */
int sigma_set_compile(struct sigma_set *set, bool check_source, struct err *err) MUST_CHECK;
size_t sigma_set_count(const struct sigma_set *set);
const struct sigma_rule *sigma_set_rule(const struct sigma_set *set, size_t index);

/*
 * Who answers what a rule asks under the names of event/joined.def; asked at
 * most once an event for each, and only where the rest of a rule holds. NULL:
 * nothing is known, and rules that ask do not match.
 */
void sigma_set_join(struct sigma_set *set, event_join_function *join, void *context);
/* Some rule reads such a value. */
bool sigma_set_joins(const struct sigma_set *set);
/*
 * Match one event against all event rules. rules[0..n) receives the indexes
 * of those that match, ascending, each once; *ret_rules stays valid until
 * the next call. Not reentrant on one set. Returns the number.
 */
size_t sigma_set_match(struct sigma_set *set, const struct event *event,
		       const uint32_t **ret_rules);
/* Regular expressions that were given up since the start: each is a test that
 * a record made so costly that it was counted as no match. */
uint64_t sigma_set_given_up(const struct sigma_set *set);

/*
 * Correlations: what happened several times, or together, within a timespan
 * for the same values of the group-by fields. Room correlate finds the runs.
 */
enum sigma_correlation_type {
	SIGMA_EVENT_COUNT,
	SIGMA_VALUE_COUNT,
	SIGMA_VALUE_SUM,
	SIGMA_VALUE_AVERAGE,
	SIGMA_TEMPORAL,
	SIGMA_TEMPORAL_ORDERED,
	/* Of muster's own, as in room correlate. */
	SIGMA_ABSENCE,
	SIGMA_GAP,
	SIGMA_TRAVEL,
	/* About deliveries, not events: they have no rules. */
	SIGMA_SILENCE,
	SIGMA_HOLE,
	SIGMA_REWRITE,
};
/* As rules write it. */
const char *sigma_correlation_type_name(enum sigma_correlation_type type);
enum sigma_comparison { SIGMA_GT, SIGMA_GTE, SIGMA_LT, SIGMA_LTE, SIGMA_EQ, SIGMA_NEQ,
			SIGMA_COMPARISON_COUNT };
struct sigma_correlation {
	enum sigma_correlation_type type;
	const uint32_t *rules;     /* indexes of the rules it is about, in order */
	size_t rule_count;
	const char *const *group_by;   /* names as the rule gives them */
	size_t group_count;        /* 0: one group */
	int64_t timespan;          /* microseconds; ABSENCE: before and within together */
	int64_t before;            /* ABSENCE: of it, how much lies before the trigger */
	bool where_known;          /* ABSENCE: only where there was an answer before */
	bool open;                 /* GAP: one that has no end yet counts */
	int64_t speed, distance;   /* TRAVEL: km/h and km, both to be exceeded */
	int64_t intervals;         /* SILENCE: as many may pass */
	bool compares[SIGMA_COMPARISON_COUNT]; /* none: temporal, all rules */
	double bounds[SIGMA_COMPARISON_COUNT];
	/* Fields of the condition; ABSENCE: that which is to be distinct;
	 * TRAVEL: latitude and longitude. */
	size_t value_count;
	/* Columns (below) of the group and of the value: of rules[r], the
	 * n-th is group_columns[r * group_count + n]. */
	const uint32_t *group_columns, *value_columns;
	bool generate;
};
/* NULL for an event rule. After linking. */
const struct sigma_correlation *sigma_set_correlation(const struct sigma_set *set, size_t rule);
/* The fields that correlations read of events, as columns from 0. After linking. */
size_t sigma_set_columns(const struct sigma_set *set);
/*
 * The value of a column in an event: the first that a part of it has. False
 * where there is none. scratch: EVENT_SCRATCH bytes. After compiling.
 */
bool sigma_set_value(const struct sigma_set *set, const struct event *event, size_t column,
		     char scratch[EVENT_SCRATCH], struct text *ret_value);
/* The normalised value that a column is; -1: it is another. After compiling. */
int sigma_set_column_normalised(const struct sigma_set *set, size_t column);

/* What came of one rule, that is no correlation, and one event. */
struct sigma_judgement {
	bool of_source;            /* the rule is for records of that kind */
	bool holds;                /* and its condition is true of the event */
	uint32_t part;             /* from 0: that it holds in, or that comes next to it */
};
/* Of one line of the condition, each after the one that it is part of. */
struct sigma_verdict {
	unsigned depth;            /* 0: the whole */
	bool holds;
	bool is_test;              /* of a field; else "all of", "one of", "not" or "never" */
	struct text words;
	struct text values;        /* of a test: what the event has there, in words */
};
typedef int sigma_verdict_function(void *context, const struct sigma_verdict *verdict,
				   struct err *err);
/*
 * Which tests of a rule an event passes and which not. told may be NULL, and
 * ends it with a negative number; *ret is filled before it is first called.
 * After compiling. 0 or negative.
 */
int sigma_set_judge(struct sigma_set *set, size_t rule, const struct event *event,
		    struct sigma_judgement *ret, sigma_verdict_function *told, void *context,
		    struct err *err) MUST_CHECK;

/* How a rule was understood, in lines of text for people. After compiling. */
void sigma_set_explain(const struct sigma_set *set, size_t rule, struct buffer *out);

#endif
