#include "exercise/plant.h"
#include "exercise/phrases.h"

#define DAY (86400 * MICROSECONDS)

static const struct plant plants[] = {
#define PLANT(rule, subject, misdeed, misdeed_scene, neighbour, neighbour_scene)         \
	{rule, subject, misdeed, misdeed_scene, neighbour, neighbour_scene},
#include "exercise/plants.def"
#undef PLANT
};

size_t plant_count(void)
{
	return ARRAY_LENGTH(plants);
}

const struct plant *plant_describe(size_t index)
{
	return &plants[index];
}

const struct plant *plant_of_rule(struct text rule)
{
	for (size_t i = 0; i < ARRAY_LENGTH(plants); i++) {
		if (text_equal(rule, text_of(plants[i].rule)))
			return &plants[i];
	}
	return NULL;
}

bool plant_is_run(const struct plant *plant)
{
	return strchr(plant->subject, '=') != NULL ||
	       strcmp(plant->subject, "all records") == 0;
}

bool plant_is_feed(const struct plant *plant)
{
	return text_starts_with(text_of(plant->subject), TEXT("system="));
}

bool plant_is_alone(const struct plant *plant)
{
	struct text rest = text_of(plant->misdeed_scene);

	while (rest.length) {
		if (text_equal(text_split(&rest, '\n'), TEXT("alone")))
			return true;
	}
	return false;
}

/* Steps and rows -------------------------------------------------------------- */

static bool unit_of(char letter, int64_t *ret)
{
	static const struct {
		char letter;
		int64_t length;
	} units[] = {
		{'s', MICROSECONDS},
		{'m', 60 * MICROSECONDS},
		{'h', 3600 * MICROSECONDS},
		{'d', DAY},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
		if (units[i].letter == letter) {
			*ret = units[i].length;
			return true;
		}
	}
	return false;
}

bool plant_duration(struct text text, int64_t *ret, bool *ret_from_midnight)
{
	char sign = text.length ? text.bytes[0] : ' ';
	int64_t sum = 0;

	if (sign != '+' && sign != '-' && sign != '@')
		return false;
	text = text_skip(text, 1);
	while (text.length) {
		size_t digits = 0;
		uint64_t number;
		int64_t unit;

		while (digits < text.length && is_digit(text.bytes[digits]))
			digits++;
		if (digits == text.length ||
		    !text_to_u64(text_head(text, digits), &number) ||
		    !unit_of(text.bytes[digits], &unit))
			return false;
		sum += (int64_t)number * unit;
		text = text_skip(text, digits + 1);
	}
	*ret = sign == '-' ? -sum : sum;
	*ret_from_midnight = sign == '@';
	return true;
}

static bool read_when(struct text when, struct step *ret)
{
	struct text duration = text_split(&when, '*');
	struct text count = text_split(&when, '/');
	uint64_t times = 1;
	bool unused;

	ret->gap = 0;
	if (count.length && (!text_to_u64(count, &times) || times > UINT32_MAX))
		return false;
	ret->times = (uint32_t)times;
	if (when.length) {
		char gap[16];
		int length = snprintf(gap, sizeof(gap), "%s%.*s",
				      when.bytes[0] == '-' ? "" : "+", TEXT_PRINT(when));

		if (length >= (int)sizeof(gap) ||
		    !plant_duration(text_of(gap), &ret->gap, &unused))
			return false;
	}
	return plant_duration(duration, &ret->after, &ret->from_midnight);
}

static bool read_step(struct text line, struct step *ret)
{
	struct text when = text_split(&line, ' ');
	struct text system, who;

	ret->marks = text_split(&line, ' ');
	system = text_split(&line, ' ');
	who = text_split(&line, ' ');
	ret->text = line;
	if (!read_when(when, ret) || !format_from_system(system, &ret->format) ||
	    who.length != 1 || !line.length)
		return false;
	ret->who = (uint32_t)(to_lower(who.bytes[0]) - 'a');
	return ret->who < PLANT_CAST;
}

static bool is_row(struct text line)
{
	static const char *const others[] = {"logs", "hush", "feed", "alone"};
	struct text word = text_split(&line, ' ');

	for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
		if (text_equal(word, text_of(others[i])))
			return false;
	}
	return word.length && is_lower(word.bytes[0]);
}

/* "WHEN WHEN" */
static bool read_span(struct text line, int64_t *ret_from, int64_t *ret_to)
{
	struct text from = text_split(&line, ' ');
	bool unused;

	return plant_duration(from, ret_from, &unused) &&
	       plant_duration(line, ret_to, &unused);
}

static bool read_logs(struct text line, int64_t *ret_from, int64_t *ret_to)
{
	struct text word = text_split(&line, ' ');

	return text_equal(word, TEXT("logs")) && read_span(line, ret_from, ret_to);
}

static bool read_hush(struct text line, struct hush *ret)
{
	struct text word = text_split(&line, ' ');

	ret->word = text_split(&line, ' ');
	return text_equal(word, TEXT("hush")) && ret->word.length &&
	       read_span(line, &ret->from, &ret->to);
}

static bool read_feed(struct text line, struct feed *ret)
{
	struct text word = text_split(&line, ' ');

	ret->marks = text_split(&line, ' ');
	ret->name = text_split(&line, ' ');
	ret->every = line;
	return text_equal(word, TEXT("feed")) && line.length;
}

bool plant_next_feed(struct text *scene, struct feed *ret)
{
	while (scene->length) {
		if (read_feed(text_split(scene, '\n'), ret))
			return true;
	}
	return false;
}

bool plant_next_step(struct text *scene, struct step *ret)
{
	while (scene->length) {
		struct text line = text_split(scene, '\n');

		if (!is_row(line) && read_step(line, ret))
			return true;
	}
	return false;
}

bool plant_next_row(struct text *scene, struct text *ret_row)
{
	while (scene->length) {
		*ret_row = text_split(scene, '\n');
		if (is_row(*ret_row))
			return true;
	}
	return false;
}

bool plant_next_hush(struct text *scene, struct hush *ret)
{
	while (scene->length) {
		if (read_hush(text_split(scene, '\n'), ret))
			return true;
	}
	return false;
}

bool plant_next_mark(struct text *marks, struct meaning *ret)
{
	struct text mark;

	if (!marks->length)
		return false;
	mark = text_split(marks, '+');
	ret->meaning = MARK_FIRES;
	ret->rule = text_split(&mark, '=');
	ret->subject = mark;
	if (ret->rule.length != 1)
		return true;
	ret->meaning = ret->rule.bytes[0] == '!'   ? MARK_FIRES
		       : ret->rule.bytes[0] == '?' ? MARK_NEAR
						   : MARK_NOTHING;
	ret->rule = TEXT_NONE;
	return true;
}

bool plant_is_sound(const char *scene)
{
	struct text rest = text_of(scene);

	while (rest.length) {
		struct text line = text_split(&rest, '\n');
		struct meaning meaning;
		struct step step;
		struct hush hush;
		struct feed feed;
		int64_t from, to;

		if (is_row(line) || text_equal(line, TEXT("alone")) ||
		    read_logs(line, &from, &to) || read_hush(line, &hush) ||
		    read_feed(line, &feed))
			continue;
		if (!read_step(line, &step) || !step.marks.length)
			return false;
		while (plant_next_mark(&step.marks, &meaning)) {
			if (meaning.rule.length && !plant_of_rule(meaning.rule))
				return false;
		}
	}
	return true;
}

/* Questions about a scene ------------------------------------------------------- */

/* A scene's moment lies before noon, so that half a day more is the same day. */
static int64_t whole_days(int64_t duration)
{
	return duration >= 0 ? (duration + DAY / 2 - 1) / DAY : (duration - DAY / 2) / DAY;
}

void plant_span(const char *scene, uint32_t *ret_before, uint32_t *ret_after)
{
	struct text rest = text_of(scene);
	struct step step;
	int64_t from, to;

	*ret_before = *ret_after = 0;
	while (rest.length) {
		if (!read_logs(text_split(&rest, '\n'), &from, &to))
			continue;
		/* Of the first and last day the logs may have only a part. */
		*ret_before = (uint32_t)(1 - whole_days(from));
		*ret_after = (uint32_t)(1 + whole_days(to));
	}
	rest = text_of(scene);
	while (plant_next_step(&rest, &step)) {
		int64_t last = step.after + (step.times - 1) * step.gap;

		if (last < step.after)
			last = step.after;
		from = step.from_midnight ? step.after / DAY : whole_days(step.after);
		to = step.from_midnight ? last / DAY : whole_days(last);
		if (from < 0 && -from > (int64_t)*ret_before)
			*ret_before = (uint32_t)-from;
		if (to > (int64_t)*ret_after)
			*ret_after = (uint32_t)to;
	}
}

bool plant_is_admin(const char *scene, uint32_t who)
{
	struct text rest = text_of(scene);

	while (rest.length) {
		struct text line = text_split(&rest, '\n'), word = TEXT_NONE;

		for (unsigned i = 0; i < 4; i++)
			word = text_split(&line, ' ');
		if (word.length == 1 && word.bytes[0] == 'A' + (char)who)
			return true;
	}
	return false;
}

bool plant_is_harmless(const char *scene)
{
	struct text rest = text_of(scene);
	struct meaning meaning;
	struct step step;

	while (plant_next_step(&rest, &step)) {
		while (plant_next_mark(&step.marks, &meaning)) {
			if (meaning.meaning == MARK_FIRES)
				return false;
		}
	}
	return true;
}

static bool next_marked(struct text *scene, struct step *ret)
{
	while (plant_next_step(scene, ret)) {
		if (!text_equal(ret->marks, TEXT(".")))
			return true;
	}
	return false;
}

bool plant_marked_step(const char *scene, struct step *ret)
{
	struct text rest = text_of(scene);

	return next_marked(&rest, ret);
}

bool plant_is_one_record(const char *scene, enum format format)
{
	struct text rest = text_of(scene), row = TEXT_NONE;
	struct step step, other;

	if (plant_next_row(&rest, &row))
		return false;
	rest = text_of(scene);
	return next_marked(&rest, &step) && !next_marked(&rest, &other) &&
	       step.times == 1 && step.format == format &&
	       deed_records(format, step.text) == 1;
}

/* Without names, an audit log tells only the number of an account that is not
 * a person's. */
bool plant_suits(const char *scene, bool enriched)
{
	struct text rest = text_of(scene);
	struct step step;

	while (plant_next_step(&rest, &step)) {
		if (!enriched && step.format == FORMAT_AUDITD &&
		    text_find(step.text, TEXT("$generic")) < step.text.length)
			return false;
	}
	return true;
}

bool plant_next_pair(struct text *rest, struct text *ret_name, char *ret_sign,
		     struct text *ret_value)
{
	size_t sign = 0;

	if (!rest->length)
		return false;
	while (sign < rest->length && rest->bytes[sign] != '=' && rest->bytes[sign] != ':')
		sign++;
	if (sign == rest->length)
		return false;
	*ret_name = text_head(*rest, sign);
	*ret_sign = rest->bytes[sign];
	*rest = text_skip(*rest, sign + 1);
	if (!rest->length || rest->bytes[0] != '`') {
		*ret_value = text_split(rest, ' ');
		return true;
	}
	*rest = text_skip(*rest, 1);
	*ret_value = text_split(rest, '`');
	*rest = text_skip(*rest, 1);
	return true;
}
