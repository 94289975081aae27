#include "exercise/plan.h"
#include "exercise/random.h"

#define DAY_SECONDS 86400
#define WEEKDAY_WEIGHT 10
#define WEEKEND_WEIGHT 2
#define INCIDENTS_MAX 4 /* of one rule at one contractor */

/* Purposes of random streams, away from those of world.c. */
#define PURPOSE_MISCONDUCT 0x100000u
#define PURPOSE_DAY 0x200000u

static int out_of_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "one day has more records than memory allows");
}

bool plan_usable(const struct contractor *contractor, enum deed deed)
{
	const struct deed_description *d = deed_describe(deed);

	/* A part of another is none by itself. */
	if (d->campaign && d->times == 0)
		return false;
	/* Without names the log tells only the number of a generic account. */
	return d->format != FORMAT_AUDITD || d->subject == SUBJECT_ACTOR ||
	       contractor->enriched;
}

int64_t plan_resolution(const struct contractor *contractor, enum format format)
{
	if (format == FORMAT_SYSLOG && !contractor->modern_syslog)
		return MICROSECONDS;
	return format_describe(format)->resolution;
}

enum deed plan_ordinary_deed(enum format format, uint64_t random)
{
	uint32_t total = 0, at;

	for (unsigned i = 0; i < DEED_COUNT; i++) {
		if (deed_describe((enum deed)i)->format == format)
			total += deed_describe((enum deed)i)->weight;
	}
	at = random_scale(random, total);
	for (unsigned i = 0;; i++) {
		const struct deed_description *d = deed_describe((enum deed)i);

		if (d->format != format)
			continue;
		if (at < d->weight)
			return (enum deed)i;
		at -= d->weight;
	}
}

uint32_t plan_person(const struct contractor *contractor, enum doer doer, uint64_t random)
{
	return random_scale(random, doer == DOER_ADMIN ? contractor->admin_count
						       : contractor->person_count);
}

/* The variant-th way to break a rule, of those the contractor's logs show. */
static enum deed misdeed_of(const struct contractor *contractor, enum rule rule,
			    uint32_t variant)
{
	enum deed ways[DEED_COUNT];
	uint32_t count = 0;

	for (unsigned i = 0; i < DEED_COUNT; i++) {
		if (deed_describe((enum deed)i)->rules[0] == rule &&
		    plan_usable(contractor, (enum deed)i))
			ways[count++] = (enum deed)i;
	}
	return ways[variant % count];
}

/* How many of the MIXED break every rule, so that three contractors do. */
#define MIXED_SURE 2

static void choose_mixed(const struct plan *plan, struct random *random, uint8_t *chosen)
{
	uint32_t left = MIXED_SURE, total = 0;

	for (uint32_t i = 0; i < plan->contractor_count; i++) {
		chosen[i] = random_below(random, 16) < plan->contractors[i].appetite;
		total += chosen[i] ? 0 : plan->contractors[i].appetite;
		if (chosen[i] && left)
			left--;
	}
	while (left && total) {
		uint32_t at = random_below(random, total), i = 0;

		while (chosen[i] || at >= plan->contractors[i].appetite) {
			at -= chosen[i] ? 0 : plan->contractors[i].appetite;
			i++;
		}
		chosen[i] = 1;
		total -= plan->contractors[i].appetite;
		left--;
	}
}

static uint32_t incidents_of(const struct plan *plan, const struct contractor *c,
			     bool chosen, struct random *random)
{
	if (c->conduct == CONDUCT_BAD)
		return plan->contractor_count >= 4 ? 2 + random_below(random, 3)
						   : 3 + random_below(random, 2);
	return chosen ? 1 + random_below(random, 2) : 0;
}

static uint32_t campaign_times(const struct deed_description *d, struct random *random)
{
	return d->times + (d->times_more ? random_below(random, d->times_more) : 0);
}

/* Different days, then different people, as far as there are any. */
static void add_incidents(struct plan *plan, struct random *random, uint32_t contractor,
			  enum rule rule, uint32_t count, uint32_t *variant)
{
	const struct contractor *c = &plan->contractors[contractor];
	uint32_t step = plan->days >= INCIDENTS_MAX ? plan->days / INCIDENTS_MAX : 1;
	uint32_t first_day = random_below(random, plan->days);
	uint32_t first_person = random_below(random, c->person_count);

	for (uint32_t i = 0; i < count; i++) {
		struct incident *incident = &plan->incidents[plan->incident_count++];
		uint32_t person = first_person + i;

		incident->contractor = contractor;
		incident->deed = misdeed_of(c, rule, (*variant)++);
		incident->day = (first_day + i * step) % plan->days;
		incident->person = deed_describe(incident->deed)->doer == DOER_ADMIN
					   ? person % c->admin_count
					   : person % c->person_count;
		incident->times =
			random_below(random, 3) ? 1 : 2 + random_below(random, 5);
		/* Five refusals of one person would be another rule's. */
		if (rule == RULE_ACC_DENIED && incident->times > 4)
			incident->times = 4;
		if (deed_describe(incident->deed)->campaign)
			incident->times = campaign_times(deed_describe(incident->deed), random);
		incident->number = plan->incident_count - 1;
		incident->seed = random_next(random);
	}
}

int plan_misconduct(struct plan *plan, struct arena *arena, struct err *err)
{
	uint32_t contractors = plan->contractor_count;
	uint8_t *chosen = arena_get(arena, contractors);
	struct random random;

	plan->incidents = arena_get_many(arena, (size_t)RULE_COUNT * contractors,
					 sizeof(*plan->incidents) * INCIDENTS_MAX);
	plan->incident_count = 0;
	if (!chosen || !plan->incidents)
		return out_of_memory(err);
	random_seed(&random, plan->seed, PURPOSE_MISCONDUCT);
	for (unsigned rule = RULE_NONE + 1; rule < RULE_COUNT; rule++) {
		uint32_t variant = 0;

		choose_mixed(plan, &random, chosen);
		for (uint32_t i = 0; i < contractors; i++) {
			uint32_t count = incidents_of(plan, &plan->contractors[i],
						      chosen[i], &random);

			if (count)
				add_incidents(plan, &random, i, (enum rule)rule, count,
					      &variant);
		}
	}
	return 0;
}

static uint32_t day_weight(const struct plan *plan, uint32_t day)
{
	/* 1970-01-01 was a Thursday. */
	int64_t weekday = (plan->start / (DAY_SECONDS * MICROSECONDS) + day + 4) % 7;

	return weekday == 0 || weekday == 6 ? WEEKEND_WEIGHT : WEEKDAY_WEIGHT;
}

/* Ordinary records of one system on one day. */
static uint64_t day_target(const struct plan *plan, const struct contractor *c,
			   enum format format, uint32_t day)
{
	uint64_t contractors = 0, days = 0;

	for (uint32_t i = 0; i < plan->contractor_count; i++)
		contractors += plan->contractors[i].weight;
	for (uint32_t i = 0; i < plan->days; i++)
		days += day_weight(plan, i);
	return plan->records * c->weight * format_describe(format)->share *
	       day_weight(plan, day) / (contractors * days * 100);
}

/* Second of the UTC day: in the person's shift, or any. */
static uint32_t second_of_day(const struct contractor *c, uint32_t person, enum doer doer,
			      struct random *random)
{
	int64_t local;

	if (doer == DOER_MACHINE)
		return random_below(random, DAY_SECONDS);
	local = c->people[person].shift * 3600 +
		random_below(random, WORLD_SHIFT_HOURS * 3600);
	return (uint32_t)((local - c->zone_minutes * 60 + DAY_SECONDS) % DAY_SECONDS);
}

struct day {
	struct occurrence *list;
	uint32_t *failed; /* hours in which an account failed to log on; last: strangers */
	uint32_t count;
	uint32_t room;
	int64_t start;
	int64_t resolution;
};

static void add_occurrence(struct day *day, const struct occurrence *occurrence,
			   uint32_t second, uint32_t fraction)
{
	int64_t time = day->start + second * MICROSECONDS + fraction;
	struct occurrence *added = &day->list[day->count];

	*added = *occurrence;
	added->order = day->count++;
	added->time = time - time % day->resolution;
}

/*
 * Logons that fail in the course of ordinary work stay so far apart that they
 * are no misconduct: of one account one an hour in each format, and formats
 * more than a quarter of an hour from each other. False: one too many.
 */
static bool place_failed_logon(struct day *day, const struct contractor *c,
			       const struct occurrence *o, uint32_t *second)
{
	const struct deed_description *d = deed_describe(o->deed);
	bool of_nobody = d->doer == DOER_MACHINE || strstr(d->text, "$generic");
	uint32_t account = of_nobody ? c->person_count : o->person;
	uint32_t hour = *second / 3600, bit = 1u << hour;

	*second = hour * 3600 + (uint32_t)d->format * 1200 + *second % 300;
	if (day->failed[account] & bit)
		return false;
	day->failed[account] |= bit;
	return true;
}

static uint64_t add_ordinary(struct day *day, const struct contractor *c,
			     enum format format, struct random *random)
{
	struct occurrence o = {.deed = plan_ordinary_deed(format, random_next(random))};
	const struct deed_description *d = deed_describe(o.deed);
	uint32_t second, fraction;

	o.seed = random_next(random);
	o.person = plan_person(c, d->doer, random_next(random));
	second = second_of_day(c, o.person, d->doer, random);
	fraction = random_below(random, MICROSECONDS);
	if (deed_is_failed_logon(o.deed) && !place_failed_logon(day, c, &o, &second))
		return deed_records(format, d->text);
	add_occurrence(day, &o, second, fraction);
	if (d->then) {
		o.later = true;
		second += 60 + random_below(random, 4 * 3600);
		add_occurrence(day, &o, second < DAY_SECONDS ? second : DAY_SECONDS - 1,
			       MICROSECONDS - 1);
	}
	return deed_records(format, d->text) + deed_records(format, d->then);
}

static void add_incident(struct day *day, const struct contractor *c,
			 const struct incident *incident)
{
	const struct deed_description *d = deed_describe(incident->deed);
	struct random random;
	uint32_t second, gap, last;

	random_seed(&random, incident->seed, PURPOSE_DAY);
	gap = 60 + random_below(&random, 1200);
	if (d->campaign)
		gap = d->gap + random_below(&random, d->gap_more);
	last = DAY_SECONDS - 1 - incident->times * gap;
	second = second_of_day(c, incident->person, d->doer, &random);
	if (second > last)
		second = last;
	for (uint32_t i = 0; i < incident->times; i++) {
		struct occurrence o = {
			.deed = incident->deed,
			.person = incident->person,
			.seed = random_next(&random),
			.incident = incident->number,
			.nth = i,
		};

		/* Three failures, and then in. */
		if (incident->deed == DEED_ACCESS_GUESSED_IN && i + 1 < incident->times)
			o.deed = i + 2 < incident->times ? DEED_ACCESS_GUESSED
							 : DEED_ACCESS_GUESSED_THIRD;

		add_occurrence(day, &o, second + i * gap,
			       random_below(&random, MICROSECONDS));
	}
}

static int compare_occurrences(const void *left, const void *right)
{
	const struct occurrence *a = left, *b = right;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static bool falls_on(const struct incident *incident, uint32_t contractor,
		     enum format format, uint32_t day)
{
	return incident->contractor == contractor && incident->day == day &&
	       deed_describe(incident->deed)->format == format;
}

int plan_day(const struct plan *plan, uint32_t contractor, enum format format,
	     uint32_t number_of_day, uint64_t *number, struct arena *arena,
	     struct occurrence **ret, uint32_t *ret_count, struct err *err)
{
	const struct contractor *c = &plan->contractors[contractor];
	uint64_t target = day_target(plan, c, format, number_of_day);
	struct day day = {
		.start = plan->start + number_of_day * (DAY_SECONDS * MICROSECONDS),
		.resolution = plan_resolution(c, format),
	};
	struct random random;
	uint64_t room = target + 2, made = 0;

	for (uint32_t i = 0; i < plan->incident_count; i++) {
		if (falls_on(&plan->incidents[i], contractor, format, number_of_day))
			room += plan->incidents[i].times;
	}
	day.list = room <= UINT32_MAX ? arena_get_many(arena, room, sizeof(*day.list))
				      : NULL;
	day.failed = arena_get_many(arena, c->person_count + 1, sizeof(*day.failed));
	if (!day.list || !day.failed)
		return out_of_memory(err);

	random_seed(&random, plan->seed,
		    PURPOSE_DAY +
			    ((uint64_t)contractor * FORMAT_COUNT + format) * (1u << 20) +
			    number_of_day);
	while (made < target)
		made += add_ordinary(&day, c, format, &random);
	for (uint32_t i = 0; i < plan->incident_count; i++) {
		if (falls_on(&plan->incidents[i], contractor, format, number_of_day))
			add_incident(&day, c, &plan->incidents[i]);
	}
	qsort(day.list, day.count, sizeof(*day.list), compare_occurrences);
	for (uint32_t i = 0; i < day.count; i++)
		day.list[i].number = (*number)++;
	*ret = day.list;
	*ret_count = day.count;
	return 0;
}
