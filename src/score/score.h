/*
 * score: findings and assessments to a contractor's score. Floor 3: no I/O,
 * no clock, no database; integers only. muster-score(7) explains it with
 * worked arithmetic.
 *
 * Two numbers, never mixed. The score of record counts what was decided:
 * violations that were sustained and not yet verified as corrected, and
 * recorded assessments. The indicated score counts open violations too,
 * where they amount to evidence of failure. A requirement that no log can
 * show is "not observable", one whose logs have not come "not evidenced";
 * what is neither decided nor assessed is never called met.
 */
#ifndef SCORE_SCORE_H
#define SCORE_SCORE_H

#include "standard/standard.h"

/* What had become of a violation. */
enum score_state {
	SCORE_OPEN,        /* not decided yet */
	SCORE_SUSTAINED,   /* decided, and its correction not verified yet */
	SCORE_COVERED,     /* by an exception or deficiency on file: 170.24(b)(1) */
	SCORE_CORRECTED,   /* sustained, and its correction verified */
	SCORE_DISMISSED,   /* or unsubstantiated, overturned, withdrawn, merged */
};

/*
 * One violation as it stood at the moment that is asked about. Texts and
 * lists must live as long as the score.
 */
struct score_finding {
	const char *number;              /* "V-2026-000001" */
	const char *rule;                /* the rule's key */
	const char *const *requirements; /* ids, then NULL; none: a finding of handling */
	int severity;                    /* 1 (informational) to 5 (critical) */
	bool direct;                     /* the rule shows failure; else it only asks */
	bool partial;                    /* concerns only what the partial value is for */
	int64_t day;                     /* of its events, days since 1970-01-01 in UTC */
	int64_t opened;                  /* moment; one opened after as_of is left out */
	int64_t decided;                 /* moment it was sustained, or MOMENT_NONE */
	enum score_state state;
	/* Of the requirements, those for which an exception on file covers it, then
	 * NULL; NULL: none. */
	const char *const *covered;
};

/*
 * What an assessor recorded about a requirement. The latest that is not
 * after as_of counts; of two of the same moment the one given last.
 */
struct score_assessment {
	const char *requirement;
	bool met;          /* "not applicable" counts as met: 32 CFR 170.24(b)(3) */
	bool partial;      /* not met, but only what the partial value is for */
	int64_t moment;
};

struct score_input {
	const struct standard *standard;
	int64_t as_of;     /* moment */
	const struct score_finding *findings;
	size_t finding_count;
	const struct score_assessment *assessments;
	size_t assessment_count;
	/* For each requirement, in the standard's order: did logs come that a rule
	 * in force could have shown its failure in? NULL: for none. */
	const bool *evidenced;
};

/* The first that applies, in this order. */
enum score_status {
	SCORE_NOT_MET,
	SCORE_INDICATED_NOT_MET,
	SCORE_MET,         /* an assessor says so */
	SCORE_NOT_OBSERVABLE,
	SCORE_NOT_EVIDENCED,
	SCORE_NO_FINDING,
	SCORE_STATUS_COUNT,
};
/* "not met", "indicated not met", ... */
const char *score_status_name(enum score_status status);

struct score_requirement {
	const struct standard_requirement *requirement;
	enum score_status status;
	int of_record;     /* points deducted from the score of record */
	int indicated;     /* points deducted from the indicated score */
	const struct score_assessment *assessment;      /* the one that counts, or NULL */
	const struct score_finding *const *sustained;   /* that make it not met */
	size_t sustained_count;
	const struct score_finding *const *indications; /* open ones that indicate it */
	size_t indication_count;
	size_t open_count; /* open ones in all, indirect ones included */
	size_t covered_count;
	int64_t since;     /* moment it was decided not met, or MOMENT_NONE */
};

enum score_standing {
	SCORE_MEETS,       /* nothing is decided not met */
	SCORE_CONDITIONAL, /* all that is may stand on a plan of action for a while */
	SCORE_FAILS,
};
/* "meets", "conditional", "fails" */
const char *score_standing_name(enum score_standing standing);

struct score {
	const struct standard *standard;
	int64_t as_of;
	int of_record;
	int indicated;
	enum score_standing standing;       /* by the score of record */
	const char *standing_reason;        /* in words, without a full stop */
	int64_t conditional_until;          /* moment, or MOMENT_NONE */
	size_t counts[SCORE_STATUS_COUNT];  /* requirements, by status */
	size_t handling_open;               /* findings of handling, open or sustained */
	size_t handling_critical;           /* of these, critical */
	const struct score_requirement *requirements;  /* all, in the standard's order */
};

/*
 * Everything that comes out lives in the arena. Findings that name
 * requirements, but none of this standard, belong to another and are left
 * out. ERR_MEMORY is the only error.
 */
int score_compute(const struct score_input *input, struct arena *arena,
		  struct score *ret_score, struct err *err) MUST_CHECK;

/* One line of the arithmetic, from the maximum to the score. */
struct score_line {
	const char *requirement;            /* id; NULL in the first and last line */
	const char *citation;               /* NULL there too */
	int points;                         /* what the line takes off (0 or less) */
	int total;                          /* what is left after it */
	const char *why;                    /* in words, without a full stop */
	const char *const *violations;      /* numbers, NULL-terminated */
};

enum score_number { SCORE_OF_RECORD, SCORE_INDICATED };

/*
 * The lines that lead to one of the two numbers: the maximum, each
 * requirement that is deducted for (or would be, had it a value), the score.
 */
int score_explain(const struct score *score, enum score_number number,
		  struct arena *arena, const struct score_line **ret_lines,
		  size_t *ret_count, struct err *err) MUST_CHECK;

#endif
