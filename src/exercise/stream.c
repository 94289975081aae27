#include "exercise/stream.h"
#include "exercise/plan.h"
#include "exercise/random.h"

#define ARENA_LIMIT ((size_t)256 << 20)
#define STENCIL_BITS 12
#define STENCILS (1u << STENCIL_BITS) /* of ordinary work */
#define MISCONDUCT_STENCILS 512
#define STAFF 300
#define ASSETS 6000
#define CHUNK ((size_t)1 << 20)
#define RECORD_MAX ((size_t)16 << 10)
#define LABEL_MAX 256
/* All identities of a stream have this many digits. */
#define FIRST_NUMBER 1000000000u
#define MILLION 1000000u

#define STENCIL_RULES 2

/* A record made in advance. */
struct stencil {
	const char *bytes;
	uint32_t length;
	uint32_t lines;
	uint32_t mark_count;
	struct mark marks[SHEET_MARKS];
	uint32_t rule_count;
	const char *rules[STENCIL_RULES];
	const char *subjects[STENCIL_RULES];
};

struct stream {
	const struct stream_options *options;
	int output;
	struct arena *arena;
	struct contractor contractor;
	struct stencil *stencils; /* STENCILS, then MISCONDUCT_STENCILS */
	struct random random;
	struct buffer out;
	struct buffer labels;
	uint64_t line;
	uint64_t planted;
	/* The time of the last record, as text. */
	int64_t second;
	char moment[MOMENT_WIDTH];
	char epoch[14]; /* SECONDS.mmm */
};

static int out_of_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "no memory for the records of the stream");
}

/*
 * One record a deed: no deed that writes several, or that needs another
 * after it; of ndjson, those with all the normalised members.
 */
static bool suits(enum format format, enum deed deed)
{
	const struct deed_description *d = deed_describe(deed);

	return deed_records(format, text_of(d->text)) == 1 && !d->then &&
	       (format != FORMAT_NDJSON || d->about_file);
}

static void choose_deed(struct stream *stream, struct occurrence *ret)
{
	enum deed deed;

	do
		deed = plan_ordinary_deed(ret->format, random_next(&stream->random));
	while (!suits(ret->format, deed));
	ret->text = text_of(deed_describe(deed)->text);
	ret->seed = random_next(&stream->random);
	ret->person = plan_person(&stream->contractor, deed_describe(deed)->doer,
				  random_next(&stream->random));
}

/* One of the plants that one record shows by itself. */
static void choose_misdeed(struct stream *stream, struct incident *incident,
			   struct occurrence *ret)
{
	struct step step;

	do
		incident->plant = plant_describe(
			random_below(&stream->random, (uint32_t)plant_count()));
	while (plant_is_run(incident->plant) ||
	       !plant_is_one_record(incident->plant->misdeed_scene, ret->format) ||
	       !plant_suits(incident->plant->misdeed_scene, stream->contractor.enriched));
	ret->seed = random_next(&stream->random);
	incident->cast = plan_person(
		&stream->contractor,
		plant_is_admin(incident->plant->misdeed_scene, 0) ? DOER_ADMIN : DOER_STAFF,
		random_next(&stream->random));
	if (plant_marked_step(incident->plant->misdeed_scene, &step)) {
		ret->text = step.text;
		ret->marks = step.marks;
		ret->person = incident->cast + step.who;
	}
	ret->incident = incident;
}

/* A stream has no reference data: only rules that need none are fired. */
static bool needs_reference(const struct plant *plant, enum format format)
{
	return !plant_is_one_record(plant->misdeed_scene, format);
}

static int make_labels(struct stream *stream, const struct occurrence *occurrence,
		       struct stencil *stencil, struct err *err)
{
	struct text marks = occurrence->marks;
	struct sheet sheet = {.out = &stream->out};
	struct meaning mark;

	while (occurrence->incident && plant_next_mark(&marks, &mark)) {
		const struct plant *plant = mark.rule.length
						    ? plant_of_rule(mark.rule)
						    : occurrence->incident->plant;
		uint32_t at = stencil->rule_count;

		if (mark.meaning != MARK_FIRES || at == STENCIL_RULES ||
		    (mark.rule.length && needs_reference(plant, occurrence->format)))
			continue;
		buffer_reset(&stream->out);
		sheet_write_subject(&sheet, &stream->contractor, occurrence, plant,
				    mark.subject);
		stencil->rules[at] = plant->rule;
		stencil->subjects[at] =
			arena_text(stream->arena, buffer_text(&stream->out)).bytes;
		if (!stencil->subjects[at])
			return out_of_memory(err);
		stencil->rule_count++;
	}
	return 0;
}

static int make_stencil(struct stream *stream, bool misconduct, struct stencil *stencil,
			struct err *err)
{
	struct sheet sheet = {.out = &stream->out};
	struct incident incident = {0};
	struct occurrence occurrence = {
		.time = stream->options->start,
		.number = FIRST_NUMBER,
		.format = stream->options->format,
	};
	struct text bytes;

	if (misconduct)
		choose_misdeed(stream, &incident, &occurrence);
	else
		choose_deed(stream, &occurrence);
	buffer_reset(&stream->out);
	sheet_write(&sheet, &stream->contractor, &occurrence);
	bytes = arena_text(stream->arena, buffer_text(&stream->out));
	stencil->bytes = bytes.bytes;
	stencil->length = (uint32_t)bytes.length;
	stencil->mark_count = sheet.mark_count;
	memcpy(stencil->marks, sheet.marks, sizeof(stencil->marks));
	for (size_t i = 0; i < bytes.length; i++)
		stencil->lines += bytes.bytes[i] == '\n';
	if (stream->out.failed || bytes.length > RECORD_MAX || !bytes.bytes)
		return out_of_memory(err);
	return make_labels(stream, &occurrence, stencil, err);
}

static int make_stencils(struct stream *stream, struct err *err)
{
	uint32_t count = STENCILS + MISCONDUCT_STENCILS;
	int r = world_contractor(stream->arena, stream->options->seed, 0, STAFF, ASSETS,
				 &stream->contractor, err);

	/* A plant may name others of its cast. */
	if (r >= 0)
		r = world_hire_cast(stream->arena, stream->options->seed,
				    &stream->contractor, PLANT_CAST, err);

	/* Times end in Z, and syslog has a year. */
	stream->contractor.local_time = false;
	stream->contractor.modern_syslog = true;
	stream->stencils = arena_get_many(stream->arena, count, sizeof(struct stencil));
	if (r >= 0 && !stream->stencils)
		r = out_of_memory(err);
	for (uint32_t i = 0; r >= 0 && i < count; i++)
		r = make_stencil(stream, i >= STENCILS, &stream->stencils[i], err);
	return r;
}

static void set_time(struct stream *stream, int64_t time)
{
	int64_t second = time / MICROSECONDS;
	uint32_t fraction = (uint32_t)(time - second * MICROSECONDS);

	if (second != stream->second) {
		stream->second = second;
		moment_write(stream->moment, time);
		digits_write(stream->epoch, (uint64_t)second, 10);
		stream->epoch[10] = '.';
	}
	digits_write(stream->moment + 20, fraction, 6);
	digits_write(stream->epoch + 11, fraction / 1000, 3);
}

static void fill(const struct stream *stream, const struct stencil *stencil, char *record,
		 uint64_t number, uint64_t random)
{
	char digits[20];

	digits_write(digits, number, 10);
	memcpy(record, stencil->bytes, stencil->length);
	for (uint32_t i = 0; i < stencil->mark_count; i++) {
		const struct mark *mark = &stencil->marks[i];
		char *at = record + mark->offset;

		switch ((enum mark_kind)mark->kind) {
		case MARK_TIME:
			memcpy(at, stream->moment, MOMENT_WIDTH);
			break;
		case MARK_AUDIT_TIME:
			memcpy(at, stream->epoch, sizeof(stream->epoch));
			break;
		case MARK_NUMBER:
			memcpy(at, digits, 10);
			break;
		case MARK_DIGITS:
			/* The first digit stays: it is not 0, and pids stay small. */
			digits_write(at + 1, random & 0xffffff, mark->width - 1u);
			break;
		}
	}
}

static void add_labels(struct stream *stream, const struct stencil *stencil, int64_t time)
{
	for (uint32_t i = 0; i < stencil->rule_count; i++) {
		struct json json = json_to(&stream->labels);

		json_begin_object(&json, NULL);
		json_number(&json, "line", (int64_t)stream->line);
		json_string(&json, "rule", stencil->rules[i]);
		json_string(&json, "subject", stencil->subjects[i]);
		json_moment(&json, "time", time);
		json_end_object(&json);
		buffer_add_byte(&stream->labels, '\n');
	}
}

static int flush(struct buffer *buffer, int output, struct err *err)
{
	if (output >= 0 && file_write_fully(output, buffer->data, buffer->length) < 0)
		return err_system(err, "cannot write the stream");
	buffer_reset(buffer);
	return 0;
}

static int write_record(struct stream *stream, uint64_t number, int64_t time,
			struct err *err)
{
	uint64_t random = random_next(&stream->random);
	bool misconduct = random_scale(random, MILLION) < stream->options->misconduct;
	uint32_t index = misconduct ? STENCILS + (uint32_t)(random % MISCONDUCT_STENCILS)
				    : (uint32_t)(random % STENCILS);
	const struct stencil *stencil = &stream->stencils[index];
	int r = 0;

	if (stream->out.length + stencil->length > CHUNK)
		r = flush(&stream->out, stream->output, err);
	if (r < 0)
		return r;
	set_time(stream, time);
	fill(stream, stencil, stream->out.data + stream->out.length,
	     FIRST_NUMBER + number, random >> STENCIL_BITS);
	stream->out.length += stencil->length;
	if (misconduct) {
		stream->planted++;
		add_labels(stream, stencil, time);
		if (stream->labels.length > CHUNK - 2 * LABEL_MAX)
			r = flush(&stream->labels, stream->options->labels, err);
	}
	stream->line += stencil->lines;
	return r;
}

static int write_records(struct stream *stream, struct err *err)
{
	const struct stream_options *options = stream->options;
	uint64_t span = options->days * (uint64_t)(86400 * MICROSECONDS);
	uint64_t step = options->records ? span / options->records : 0;
	uint64_t unit = (uint64_t)format_describe(options->format)->resolution;
	uint64_t passed = 0;
	int r = 0;

	if (!buffer_reserve(&stream->out, CHUNK + RECORD_MAX))
		return err_set(err, ERR_MEMORY, "no memory for the stream");
	buffer_reset(&stream->out);
	for (uint64_t i = 0; r >= 0 && i < options->records; i++) {
		r = write_record(stream, i,
				 options->start + (int64_t)(passed - passed % unit), err);
		passed += step;
		if (options->progress && i % MILLION == 0)
			options->progress(i, options->records);
	}
	if (r >= 0)
		r = flush(&stream->out, stream->output, err);
	if (r >= 0)
		r = flush(&stream->labels, options->labels, err);
	if (r >= 0 && options->progress)
		options->progress(options->records, options->records);
	return r;
}

int stream_write(const struct stream_options *options, int output, uint64_t *ret_planted,
		 struct err *err)
{
	CLEAN(arena) struct arena *arena = arena_new(ARENA_LIMIT);
	struct stream stream = {
		.options = options,
		.output = output,
		.arena = arena,
		.line = 1,
		.second = INT64_MIN,
	};
	int r;

	if (!arena)
		return err_set(err, ERR_MEMORY, "no memory for the stream");
	buffer_init(&stream.out, CHUNK + 2 * RECORD_MAX);
	buffer_init(&stream.labels, 2 * CHUNK);
	random_seed(&stream.random, options->seed, options->format);
	r = make_stencils(&stream, err);
	if (r >= 0)
		r = write_records(&stream, err);
	buffer_done(&stream.out);
	buffer_done(&stream.labels);
	*ret_planted = stream.planted;
	return r;
}
