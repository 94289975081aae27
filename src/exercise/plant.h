/*
 * Plants: for every rule a scene that must fire it, and a neighbour of that
 * scene that must not (plants.def). A scene is lines, each a row of reference
 * data or a step that leaves records:
 *
 *   KIND COLUMN=VALUE …          as in muster-roster(5); a row of persons
 *                                changes what is known of one of the cast
 *                                ("persons id=$b …"), or says that nothing is
 *                                ("persons none=$b")
 *   WHEN MARKS SYSTEM WHO TEXT   TEXT in the notation of deed.h
 *   logs WHEN WHEN               the logs reach from before to after these
 *   hush WORD WHEN WHEN          ordinary work whose texts begin so leaves no
 *                                records between these
 *   feed MARKS NAME EVERY        a system that delivers nothing, though it
 *                                should so often
 *   alone                        one such scene of a rule is enough for a
 *                                contractor: two would disturb each other
 *
 *   WHEN    +90s, +1h30m, -2d    from the scene's moment, at some hour of
 *                                the morning, UTC
 *           @20h, @1d6h          from the midnight before it
 *           +0s*40/30s           40 times, 30 seconds from one to the next
 *           -30s*40/-30s         each before the last, but written one after
 *                                the other at the scene's moment
 *   MARKS   !                    fires the plant's own rule
 *           ?                    comes near it
 *           .                    neither
 *           !=NAME               as !, and held against NAME
 *           !+RULE, .+RULE=NAME  fires another rule too
 *   SYSTEM  access, audit or messages
 *   WHO     a, b or c, the cast; A, B or C where they are administrators
 *
 * The cast does nothing else in the exercise. Each letter has a name of its
 * own in each scene: $a $b $c accounts, $d $e destinations, $h $k hosts,
 * $i $j addresses, $l $n places, $m $o media, $p $q programmes, $r $s $t
 * papers, $v a session, $w $x $y $z objects. $nth counts the repetitions of a
 * step from 0; what is chosen, as $session or $pid, is the same for one count
 * in all steps of a scene. {-400} is the day so long before the scene's, {+2h} or {@2h} a
 * moment.
 */
#ifndef EXERCISE_PLANT_H
#define EXERCISE_PLANT_H

#include "exercise/deed.h"

struct plant {
	const char *rule;
	/* What a violation is held against: "actor" or another field of one
	 * record; of a run of records "FIELD=", before the value, or the whole
	 * with placeholders, or "all records". */
	const char *subject;
	const char *misdeed; /* in words */
	const char *misdeed_scene;
	const char *neighbour;
	const char *neighbour_scene;
};
size_t plant_count(void);
const struct plant *plant_describe(size_t index);
/* The first plant of a rule; NULL: there is none. */
const struct plant *plant_of_rule(struct text rule);
/* Violations of the rule are runs of records, whatever their days. */
bool plant_is_run(const struct plant *plant);
/* They are about a system's deliveries: when they are found is no matter of
 * the records' moments. */
bool plant_is_feed(const struct plant *plant);
bool plant_is_alone(const struct plant *plant);

struct step {
	int64_t after; /* microseconds */
	bool from_midnight;
	uint32_t times;
	int64_t gap; /* microseconds from one time to the next */
	struct text marks;
	enum format format;
	uint32_t who; /* of the cast, from 0 */
	struct text text;
};
#define PLANT_CAST 3

/* The next step of a scene; false: there is none. */
bool plant_next_step(struct text *scene, struct step *ret);
/* The next row of a scene; false: there is none. */
bool plant_next_row(struct text *scene, struct text *ret_row);
struct hush {
	struct text word;
	int64_t from, to; /* from the scene's moment */
};
bool plant_next_hush(struct text *scene, struct hush *ret);
struct feed {
	struct text marks, name, every;
};
bool plant_next_feed(struct text *scene, struct feed *ret);
/* Every line is something, and every mark names a rule. */
bool plant_is_sound(const char *scene);

enum mark_meaning { MARK_NOTHING, MARK_FIRES, MARK_NEAR };
struct meaning {
	enum mark_meaning meaning;
	struct text rule;    /* empty: the plant's own */
	struct text subject; /* a text with placeholders; empty: who did it */
};
/* The next of a step's marks; false: there is none. */
bool plant_next_mark(struct text *marks, struct meaning *ret);

/* Days that the scene needs before and after its own. */
void plant_span(const char *scene, uint32_t *ret_before, uint32_t *ret_after);
/* Whether the cast member has administrator's rights in the scene. */
bool plant_is_admin(const char *scene, uint32_t who);
/* Whether none of the scene's steps fires a rule. */
bool plant_is_harmless(const char *scene);
/* One record of that format fires it, and no reference data is needed. */
bool plant_is_one_record(const char *scene, enum format format);
/* The first step with a mark that means something. */
bool plant_marked_step(const char *scene, struct step *ret);
/* Whether the logs of a contractor can show the scene beyond doubt; auditd
 * without the names that it has when enriched cannot always. */
bool plant_suits(const char *scene, bool enriched);

/* Of "NAME=TEXT NAME:VALUE …" the next; *ret_sign is '=' or ':'. A text that
 * stands between ` comes without them. */
bool plant_next_pair(struct text *rest, struct text *ret_name, char *ret_sign,
		     struct text *ret_value);

/* "+1d2h", "@20h", "-90s"; false: it is none. */
bool plant_duration(struct text text, int64_t *ret_microseconds, bool *ret_from_midnight);

#endif
