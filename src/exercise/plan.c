#include "exercise/plan.h"
#include "exercise/random.h"

#define DAY_SECONDS 86400
#define DAY (DAY_SECONDS * MICROSECONDS)
/* Of the moments of scenes, in seconds of the UTC day. */
#define MORNING (7 * 3600)
#define MORNING_SECONDS (4 * 3600)
#define WEEKDAY_WEIGHT 10
#define WEEKEND_WEIGHT 2

/*
 * Of a month on which an incident begins: accounts that belong to nobody log
 * on in incidents only, and that they lay idle between two is none of the
 * misdeeds.
 */
#define INCIDENT_DAYS 30

/* Purposes of random streams, away from those of world.c. */
#define PURPOSE_MISCONDUCT 0x100000u
#define PURPOSE_DAY 0x200000u

static int out_of_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "one day has more records than memory allows");
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

/* Stages plants one after the other; without room, only counts them. */
struct stage {
	const struct plan *plan;
	struct incident *list;
	uint32_t room, count;
	struct random random;
};

static void stage_incident(struct stage *stage, const struct contractor *c,
			   const struct plant *plant, bool harmless)
{
	struct incident incident = {
		.plant = plant,
		.harmless = harmless,
		.contractor = c->number,
		.number = stage->count,
	};
	uint32_t before, after, room, day;

	plant_span(incident_scene(&incident), &before, &after);
	if (before + after >= stage->plan->days ||
	    !plant_suits(incident_scene(&incident), c->enriched))
		return;
	room = stage->plan->days - before - after;
	day = before +
	      random_below(&stage->random, room < INCIDENT_DAYS ? room : INCIDENT_DAYS);
	incident.time = stage->plan->start + day * DAY +
			random_below(&stage->random, MORNING_SECONDS) * MICROSECONDS +
			MORNING * MICROSECONDS +
			random_below(&stage->random, MICROSECONDS);
	incident.seed = random_next(&stage->random);
	if (stage->count < stage->room)
		stage->list[stage->count] = incident;
	stage->count++;
}

/* Misdeeds of one rule, each way to commit it in its turn. */
static void stage_misdeeds(struct stage *stage, const struct contractor *c,
			   const struct plant *first, uint32_t count)
{
	const struct plant *end = plant_describe(plant_count() - 1) + 1;
	const struct plant *plant = first;
	uint32_t before = stage->count, tries = 0;

	while (stage->count - before < count && tries++ < 2 * count + plant_count()) {
		if (strcmp(plant->rule, first->rule) == 0)
			stage_incident(stage, c, plant, false);
		plant = plant + 1 == end ? first : plant + 1;
	}
}

static bool is_first_of_rule(const struct plant *plant)
{
	return plant_of_rule(text_of(plant->rule)) == plant;
}

/* The bad are near to everything as well; the clean to what fires nothing else. */
static bool comes_near(const struct contractor *c, const struct plant *plant)
{
	bool clean = c->conduct == CONDUCT_CLEAN;

	if (plant_is_alone(plant))
		return clean && is_first_of_rule(plant);
	return c->conduct == CONDUCT_BAD ||
	       (clean && plant_is_harmless(plant->neighbour_scene));
}

static void stage_neighbours(struct stage *stage, const struct contractor *c)
{
	for (size_t i = 0; i < plant_count(); i++) {
		if (comes_near(c, plant_describe(i)))
			stage_incident(stage, c, plant_describe(i), true);
	}
}

static uint32_t ways(const struct plant *first)
{
	uint32_t count = 0;

	for (size_t i = 0; i < plant_count(); i++)
		count += strcmp(plant_describe(i)->rule, first->rule) == 0;
	return count;
}

static uint32_t misdeeds_of(const struct plan *plan, const struct contractor *c,
			    const struct plant *first, bool chosen, struct random *random)
{
	uint32_t least = plan->contractor_count >= 4 ? 1 : 3;

	if (c->conduct != CONDUCT_BAD)
		return chosen ? 1 : 0;
	if (plant_is_alone(first))
		return 1;
	if (least < ways(first))
		least = ways(first);
	return least + random_below(random, 2);
}

static void stage_all(struct stage *stage, const uint8_t *chosen)
{
	const struct plan *plan = stage->plan;

	stage->count = 0;
	random_seed(&stage->random, plan->seed, PURPOSE_MISCONDUCT + 1);
	for (uint32_t i = 0; i < plan->contractor_count; i++) {
		const struct contractor *c = &plan->contractors[i];

		for (size_t j = 0; j < plant_count(); j++) {
			const struct plant *plant = plant_describe(j);

			if (is_first_of_rule(plant))
				stage_misdeeds(stage, c, plant,
					       misdeeds_of(plan, c, plant,
							   chosen[j * plan->contractor_count + i],
							   &stage->random));
		}
		stage_neighbours(stage, c);
	}
}

static int hire_casts(struct plan *plan, struct arena *arena, struct err *err)
{
	for (uint32_t i = 0; i < plan->contractor_count; i++) {
		struct contractor *c = &plan->contractors[i];
		uint32_t count;
		int r;

		c->days = plan->days;
		plan_incidents_of(plan, i, &count);
		r = world_hire_cast(arena, plan->seed, c, count * PLANT_CAST, err);
		if (r < 0)
			return r;
	}
	return 0;
}

const struct incident *plan_incidents_of(const struct plan *plan, uint32_t contractor,
					 uint32_t *ret_count)
{
	uint32_t from = 0, to;

	while (from < plan->incident_count &&
	       plan->incidents[from].contractor < contractor)
		from++;
	for (to = from; to < plan->incident_count; to++) {
		if (plan->incidents[to].contractor != contractor)
			break;
	}
	*ret_count = to - from;
	return plan->incidents + from;
}

int plan_incidents(struct plan *plan, struct arena *arena, struct err *err)
{
	struct stage stage = {.plan = plan};
	uint8_t *chosen = arena_get_many(arena, plant_count(), plan->contractor_count);
	struct random random;

	if (!chosen)
		return out_of_memory(err);
	random_seed(&random, plan->seed, PURPOSE_MISCONDUCT);
	for (size_t i = 0; i < plant_count(); i++)
		choose_mixed(plan, &random, chosen + i * plan->contractor_count);
	stage_all(&stage, chosen);
	stage.room = stage.count;
	stage.list = arena_get_many(arena, stage.room + 1, sizeof(*stage.list));
	if (!stage.list)
		return out_of_memory(err);
	stage_all(&stage, chosen);
	plan->incidents = stage.list;
	plan->incident_count = stage.count;
	for (uint32_t i = 0, cast = 0; i < stage.count; i++, cast += PLANT_CAST) {
		struct incident *incident = &stage.list[i];
		const struct contractor *c = &plan->contractors[incident->contractor];

		if (i && incident->contractor != stage.list[i - 1].contractor)
			cast = 0;
		incident->cast = c->person_count + cast;
	}
	return hire_casts(plan, arena, err);
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
	const struct incident *incidents; /* of the contractor */
	uint32_t incident_count;
};

static void add_occurrence(struct day *day, const struct occurrence *occurrence,
			   int64_t time)
{
	struct occurrence *added = &day->list[day->count];

	*added = *occurrence;
	added->order = day->count++;
	added->time = time - time % day->resolution;
	added->written = added->time;
}

/* The last one added is written only when it is that late. */
static void write_later(struct day *day, int64_t time)
{
	day->list[day->count - 1].written = time - time % day->resolution;
}

/*
 * Logons that fail in the course of ordinary work stay so far apart that they
 * are no misconduct: of one account one an hour in each format, and formats
 * more than a quarter of an hour from each other. False: one too many.
 */
static bool place_failed_logon(struct day *day, const struct contractor *c,
			       const struct deed_description *d, uint32_t person,
			       uint32_t *second)
{
	bool of_nobody = d->doer == DOER_MACHINE || strstr(d->text, "$generic");
	uint32_t account = of_nobody ? c->person_count : person;
	uint32_t hour = *second / 3600, bit = 1u << hour;

	*second = hour * 3600 + (uint32_t)d->format * 1200 + *second % 300;
	if (day->failed[account] & bit)
		return false;
	day->failed[account] |= bit;
	return true;
}

static bool is_hushed(const struct day *day, struct text text, int64_t time)
{
	struct hush hush;

	for (uint32_t i = 0; i < day->incident_count; i++) {
		const struct incident *incident = &day->incidents[i];
		struct text scene = text_of(incident_scene(incident));

		while (plant_is_alone(incident->plant) && plant_next_hush(&scene, &hush)) {
			if (text_starts_with(text, hush.word) &&
			    time >= incident->time + hush.from &&
			    time <= incident->time + hush.to)
				return true;
		}
	}
	return false;
}

/* What is done once a day, whatever else is. */
static void add_daily(struct day *day, const struct contractor *c, enum format format,
		      struct random *random)
{
	for (unsigned i = 0; i < DEED_COUNT; i++) {
		const struct deed_description *d = deed_describe((enum deed)i);
		struct occurrence o = {.format = format, .text = text_of(d->text)};
		uint32_t second;

		if (!d->daily || d->format != format)
			continue;
		o.seed = random_next(random);
		o.person = plan_person(c, d->doer, random_next(random));
		second = second_of_day(c, o.person, d->doer, random);
		if (!is_hushed(day, o.text, day->start + second * MICROSECONDS))
			add_occurrence(day, &o, day->start + second * MICROSECONDS);
	}
}

static uint64_t add_ordinary(struct day *day, const struct contractor *c,
			     enum format format, struct random *random)
{
	enum deed deed = plan_ordinary_deed(format, random_next(random));
	const struct deed_description *d = deed_describe(deed);
	struct occurrence o = {.format = format, .text = text_of(d->text)};
	uint32_t second, fraction;

	o.seed = random_next(random);
	o.person = plan_person(c, d->doer, random_next(random));
	second = second_of_day(c, o.person, d->doer, random);
	fraction = random_below(random, MICROSECONDS);
	if (deed_is_failed_logon(deed) &&
	    !place_failed_logon(day, c, d, o.person, &second))
		return deed_records(format, text_of(d->text));
	add_occurrence(day, &o, day->start + second * MICROSECONDS + fraction);
	if (d->then) {
		o.text = text_of(d->then);
		second += 60 + random_below(random, 4 * 3600);
		second = second < DAY_SECONDS ? second : DAY_SECONDS - 1;
		add_occurrence(day, &o,
			       day->start + second * MICROSECONDS + MICROSECONDS - 1);
	}
	return deed_records(format, text_of(d->text)) +
	       deed_records(format, text_of(d->then));
}

/* What the incident leaves on the day in logs of the format; without a list,
 * only how much. */
static uint32_t add_incident(struct day *day, const struct incident *incident,
			     enum format format)
{
	struct text scene = text_of(incident_scene(incident));
	struct step step;
	uint32_t count = 0;

	while (plant_next_step(&scene, &step)) {
		int64_t from = incident->time;

		if (step.from_midnight)
			from -= from % DAY;
		for (uint32_t i = 0; i < step.times; i++) {
			int64_t time = from + step.after + i * step.gap;
			struct occurrence o = {
				.format = format,
				.text = step.text,
				.seed = random_mix(incident->seed ^ random_mix(i)),
				.person = incident->cast + step.who,
				.incident = incident,
				.marks = step.marks,
				.nth = i,
			};

			if (step.format != format || time < day->start ||
			    time >= day->start + DAY)
				continue;
			count++;
			if (!day->list)
				continue;
			add_occurrence(day, &o, time);
			if (step.gap < 0)
				write_later(day, incident->time);
		}
	}
	return count;
}

static int compare_occurrences(const void *left, const void *right)
{
	const struct occurrence *a = left, *b = right;

	if (a->written != b->written)
		return a->written < b->written ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

int plan_day(const struct plan *plan, uint32_t contractor, enum format format,
	     uint32_t number_of_day, uint64_t *number, struct arena *arena,
	     struct occurrence **ret, uint32_t *ret_count, struct err *err)
{
	const struct contractor *c = &plan->contractors[contractor];
	uint64_t target = day_target(plan, c, format, number_of_day);
	struct day day = {
		.start = plan->start + number_of_day * DAY,
		.resolution = plan_resolution(c, format),
	};
	struct random random;
	uint64_t room = target + 2 + DEED_COUNT, made = 0;

	day.incidents = plan_incidents_of(plan, contractor, &day.incident_count);
	for (uint32_t i = 0; i < day.incident_count; i++)
		room += add_incident(&day, &day.incidents[i], format);
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
	add_daily(&day, c, format, &random);
	for (uint32_t i = 0; i < day.incident_count; i++)
		add_incident(&day, &day.incidents[i], format);
	qsort(day.list, day.count, sizeof(*day.list), compare_occurrences);
	for (uint32_t i = 0; i < day.count; i++) {
		day.list[i].number = *number;
		*number += deed_records(format, day.list[i].text);
	}
	*ret = day.list;
	*ret_count = day.count;
	return 0;
}
