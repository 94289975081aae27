/*
 * correlate: hits of rules over time to runs. Floor 3: pure.
 *
 * Hits of one group are ordered by (time, identity). The window of a hit
 * holds the hits of its group that come no later in that order and are not
 * more than a timespan older (exactly one timespan apart: together). A hit
 * is hot when its window satisfies the condition; a run is all hits that
 * windows of hot hits cover, where those windows overlap. So runs are a
 * matter of the set of hits alone: how the hits came in, in which order and
 * in how many pieces, does not show.
 *
 * Three types judge single hits by what is, or is not, beside them. Their
 * windows are: of absence, the hit alone; of gap and travel, the hit and the
 * one before it. What is missing can only be told where the logs reach: that
 * is part of the rule when it is judged.
 */
#ifndef CORRELATE_CORRELATE_H
#define CORRELATE_CORRELATE_H

#include "base/base.h"

enum correlate_type {
	CORRELATE_EVENT_COUNT,     /* distinct identities */
	CORRELATE_VALUE_COUNT,     /* distinct values */
	CORRELATE_VALUE_SUM,       /* sum and average are exact to 6 decimals */
	CORRELATE_VALUE_AVERAGE,
	CORRELATE_TEMPORAL,        /* distinct rules */
	CORRELATE_TEMPORAL_ORDERED, /* most rules that come in their order */
	CORRELATE_ABSENCE,         /* a hit of rule 0 with none of another rule around it */
	CORRELATE_GAP,             /* a hit more than a timespan after the one before */
	CORRELATE_TRAVEL,          /* a hit too far from the one before, within a timespan */
};

enum correlate_comparison { CORRELATE_GT, CORRELATE_GTE, CORRELATE_LT, CORRELATE_LTE,
			    CORRELATE_EQ, CORRELATE_NEQ, CORRELATE_COMPARISON_COUNT };

#define CORRELATE_RULES_LIMIT 64

struct correlate_rule {
	enum correlate_type type;
	int64_t timespan;          /* microseconds, >= 0 */
	uint32_t rule_count;       /* rules that hits are of: 1 to CORRELATE_RULES_LIMIT */
	/* All that are set must hold; none: temporal types want every rule. */
	bool compares[CORRELATE_COMPARISON_COUNT];
	double bounds[CORRELATE_COMPARISON_COUNT];
	/* ABSENCE: timespan is before + after. An answer lies not more than
	 * before ahead of the trigger and not more than after behind it. */
	int64_t before;            /* microseconds, 0 to timespan */
	bool distinct;             /* an answer has a value, and not the trigger's */
	/* Only where answers are known: a trigger is undecided unless there was
	 * an answer, of whatever group, when its time to be answered begins
	 * (before ahead of it). The earliest is part of the rule, as reach is. */
	bool where_known;
	int64_t known_from;        /* moment of that; INT64_MAX: there was none */
	/* GAP: the last hit is one, too, once the logs reach further than a timespan. */
	bool open;
	/* TRAVEL */
	int64_t speed;             /* km/h; faster is a hit */
	int64_t distance;          /* km; not further is none */
	/* ABSENCE, GAP: moments between which the logs are known. A trigger
	 * whose time to be answered is not all between them is undecided. */
	int64_t reach_from, reach_to;
};
/* The last moment of a run that has not ended: a gap that is still open. */
#define CORRELATE_OPEN INT64_MAX

struct correlate_point {           /* of the globe, in millionths of a degree */
	int32_t latitude, longitude;
};

struct correlate_hit {
	int64_t time;              /* moment */
	uint64_t identity[2];      /* of the record: equal for hits of one record */
	struct text key;           /* of the group, compared byte for byte */
	uint32_t rule;             /* 0 to rule_count - 1 */
	struct text value;         /* VALUE_COUNT: hits without (bytes NULL) are left out; ABSENCE */
	double number;             /* VALUE_SUM, VALUE_AVERAGE: hits with NAN are left out */
	struct correlate_point point; /* TRAVEL */
	void *owner;               /* the caller's */
	bool fresh;                /* correlate_again(): has come since the runs were made */
};

struct correlate_run {
	struct text key;
	int64_t first, last;       /* moments of the first and the last hit covered; CORRELATE_OPEN */
	uint64_t count;            /* hits covered, a record counted once */
	/* The first hot hit: with it the condition became true. */
	const struct correlate_hit *became;
	const struct correlate_hit *from, *to; /* first and last hit covered, in the order given */
};
/* A value other than 0 stops. run->became is of the hits given. */
typedef int correlate_function(void *context, const struct correlate_run *run, struct err *err);

/*
 * All runs among hits, which get sorted: by key, and by time within a key.
 * Returns 0, what the function returned, or a negative error (out of memory).
 */
int correlate(const struct correlate_rule *rule, struct correlate_hit *hits, size_t count,
	      correlate_function *run, void *context, struct err *err) MUST_CHECK;

/*
 * Metres between two points on a sphere of the Earth's mean radius, 6371 km,
 * by the haversine formula in whole numbers: the same on every machine.
 */
int64_t correlate_metres(struct correlate_point a, struct correlate_point b);

/*
 * Must the hit be judged again when the logs reach further, or an earlier
 * answer is known? *ret_until: the moment behind which they must begin or past
 * which they must reach, or at which at the latest there must be an answer.
 * is_last: the group has no later hit.
 */
enum correlate_wait {
	CORRELATE_DECIDED,
	CORRELATE_WAITS_AFTER,
	CORRELATE_WAITS_BEFORE,
	CORRELATE_WAITS_KNOWN,
};
enum correlate_wait correlate_waits(const struct correlate_rule *rule,
				    const struct correlate_hit *hit, bool is_last,
				    int64_t *ret_until);

/*
 * Runs kept up to date (again.c): when the hits of one group change between
 * two moments, only what is near can change, and only that needs to be known.
 * The outcome is that of correlate() over all hits.
 *
 * A condition that only grows stays true however many hits are added; then
 * what a run holds does not matter, only where it begins and ends, and the
 * neighbourhood is one timespan wide. Otherwise the runs that it meets are
 * made anew. Hits may then also have gone.
 */
bool correlate_only_grows(const struct correlate_rule *rule);
/* True only where there is a hit of every rule. */
bool correlate_needs_every(const struct correlate_rule *rule);

struct correlate_change {
	int64_t first, last;       /* moments of the first and the last hit changed */
	bool grows;                /* hits were only added, and the condition only grows */
};
/* A run as it stood before the change. */
struct correlate_standing {
	int64_t first, last;       /* moments */
	uint64_t count;
	struct correlate_hit became;
	void *owner;               /* the caller's */
	bool kept;                 /* afterwards: it is in one of the runs */
};
/* Runs that hold a moment of [*ret_from, *ret_to] must be known. */
void correlate_near_runs(const struct correlate_rule *rule, const struct correlate_change *change,
			 int64_t *ret_from, int64_t *ret_to);
/* Where those are known: hits in [*ret_from, *ret_to] must be known. */
void correlate_near_hits(const struct correlate_rule *rule, const struct correlate_change *change,
			 const struct correlate_standing *standing, size_t count,
			 int64_t *ret_from, int64_t *ret_to);
/* And the last hit of the group before those, and the first behind them, however far. */
bool correlate_needs_nearest(const struct correlate_rule *rule);

struct correlate_renewed {
	int64_t first, last;
	uint64_t count;
	const struct correlate_hit *became;
	/* Runs that stood and are in it: of those given, in order. */
	struct correlate_standing *standing;
	size_t standing_count;
	/* Hits covered, of those given. Those that no standing run had are fresh. */
	const struct correlate_hit *hits;
	size_t hit_count;
};
typedef int correlate_renewed_function(void *context, const struct correlate_renewed *run,
				       struct err *err);
/*
 * The runs that take the place of those standing (in the order of time), for
 * hits that are all of one group and get sorted. A standing run that is not
 * kept is no more.
 */
int correlate_again(const struct correlate_rule *rule, const struct correlate_change *change,
		    struct correlate_hit *hits, size_t count, struct correlate_standing *standing,
		    size_t standing_count, correlate_renewed_function *run, void *context,
		    struct err *err) MUST_CHECK;

#endif
