#include "decode/decoder.h"
#include "decode/json.h"

#define REASON_LIMIT 1024

static const struct decode_code_description codes[] = {
#define REJECT(identifier, code, meaning) { code, meaning },
#include "decode/rejects.def"
#undef REJECT
};

static const struct decode_format formats[] = {
#define FORMAT(identifier, name, meaning) { name, meaning },
#include "decode/formats.def"
#undef FORMAT
	{ NULL, NULL },
};

static const struct decoder_kind *const kinds[] = {
#define FORMAT(identifier, name, meaning) &decoder_##identifier,
#include "decode/formats.def"
#undef FORMAT
};

const struct decode_code_description *decode_code_describe(enum decode_code code)
{
	return &codes[(size_t)code < ARRAY_LENGTH(codes) ? code : 0];
}

const struct decode_format *decode_formats(void)
{
	return formats;
}

const struct decode_format *decode_format_find(struct text name)
{
	for (const struct decode_format *format = formats; format->name; format++)
		if (text_equal(name, text_of(format->name)))
			return format;
	return NULL;
}

static int start(struct decoder *decoder, const struct event_names *names,
		 struct err *err)
{
	const struct decoder_kind *kind = decoder->kind;

	if (lines_init(&decoder->lines, kind->keep, !kind->checks_in_passing, err) < 0 ||
	    known_init(&decoder->known, names, kind->roles, kind->role_count, err) < 0 ||
	    parts_init(&decoder->parts, names, err) < 0)
		return -1;
	return kind->begin(decoder, err);
}

struct decoder *decoder_new(const struct decode_format *format,
			    const struct decode_options *options,
			    const struct event_names *names,
			    const struct decode_sink *sink, struct err *err)
{
	struct decoder *decoder = calloc(1, sizeof(*decoder));

	if (!decoder) {
		err_set(err, ERR_MEMORY, "no memory for a decoder");
		return NULL;
	}
	decoder->kind = kinds[format - formats];
	decoder->options = *options;
	decoder->sink = *sink;
	decoder->latest = MOMENT_NONE;
	buffer_init(&decoder->reason, REASON_LIMIT);
	if (start(decoder, names, err) < 0) {
		decoder_free(decoder);
		return NULL;
	}
	return decoder;
}

void decoder_free(struct decoder *decoder)
{
	if (!decoder)
		return;
	decoder->kind->end(decoder);
	lines_done(&decoder->lines);
	known_done(&decoder->known);
	parts_done(&decoder->parts);
	buffer_done(&decoder->reason);
	free(decoder);
}

char *decoder_space(struct decoder *decoder, size_t *ret_room)
{
	return lines_space(&decoder->lines, ret_room);
}

uint64_t decoder_records(const struct decoder *decoder)
{
	return decoder->records;
}

int decoder_event(struct decoder *decoder, struct event *event, struct err *err)
{
	int64_t delivered = decoder->options.delivered;

	decoder->records++;
	event->ahead = event->back = 0;
	if (UNLIKELY(delivered && event->time > delivered))
		event->ahead = (event->time - delivered) / MICROSECONDS;
	if (UNLIKELY(decoder->latest > event->time))
		event->back = (decoder->latest - event->time) / MICROSECONDS;
	decoder->latest = event->time;
	return decoder->sink.event(decoder->sink.context, event, err);
}

int decoder_reject(struct decoder *decoder, uint64_t line, uint64_t offset,
		   enum decode_code code, struct err *err, const char *format, ...)
{
	va_list list;

	buffer_reset(&decoder->reason);
	va_start(list, format);
	buffer_add_format_list(&decoder->reason, format, list);
	va_end(list);
	decoder->records++;
	return decoder->sink.reject(decoder->sink.context,
				    &(struct decode_reject){
					    .line = line,
					    .offset = offset,
					    .code = code,
					    .reason = buffer_text(&decoder->reason),
				    },
				    err);
}

bool decoder_line_faulty(const struct line *line, struct line_fault *ret)
{
	if (line->valid)
		return false;
	struct text before = text_head(line->text, text_find_byte(line->text, 0));
	size_t good = text_utf8_valid(before);
	if (good == line->text.length)
		return false;
	*ret = (struct line_fault){
		.code = good < before.length ? DECODE_UTF8 : DECODE_NUL,
		.offset = line->offset + good,
	};
	return true;
}

int decoder_reject_line(struct decoder *decoder, uint64_t line,
			const struct line_fault *fault, struct err *err)
{
	return decoder_reject(decoder, line, fault->offset, fault->code, err,
			      fault->code == DECODE_NUL ?
				      "a NUL byte stands at offset %llu" :
				      "not UTF-8 from offset %llu on",
			      (unsigned long long)fault->offset);
}

static int advance(struct decoder *decoder, uint64_t offset, struct err *err)
{
	return decoder->kind->advance ? decoder->kind->advance(decoder, offset, err) : 0;
}

static int take_line(struct decoder *decoder, enum line_state state,
		     const struct line *line, struct err *err)
{
	struct line_fault fault;
	int result = advance(decoder, line->offset, err);

	if (result != 0)
		return result;
	switch (state) {
	case LINE_TOO_LONG:
		return decoder_reject(decoder, line->number,
				      line->offset + DECODE_RECORD_LIMIT, DECODE_TOO_LONG,
				      err, "longer than %u bytes", DECODE_RECORD_LIMIT);
	case LINE_UTF16:
		return decoder_reject(decoder, line->number, line->offset, DECODE_UTF16,
				      err, "the log begins with the mark of UTF-16");
	case LINE_READY:
		if (!decoder->kind->checks_itself && decoder_line_faulty(line, &fault))
			return decoder_reject_line(decoder, line->number, &fault, err);
		return decoder->kind->line(decoder, line, err);
	case LINE_NONE:
		break;
	}
	return 0;
}

static int take_lines(struct decoder *decoder, bool finishing, struct err *err)
{
	struct line line;
	enum line_state state;

	while (decoder->stopped == 0 &&
	       (state = lines_next(&decoder->lines, finishing, &line)) != LINE_NONE)
		decoder->stopped = take_line(decoder, state, &line, err);
	if (decoder->stopped == 0)
		decoder->stopped = advance(decoder, lines_offset(&decoder->lines), err);
	return decoder->stopped;
}

int decoder_take(struct decoder *decoder, size_t length, struct err *err)
{
	lines_add(&decoder->lines, length);
	return take_lines(decoder, false, err);
}

int decoder_finish(struct decoder *decoder, struct err *err)
{
	if (take_lines(decoder, true, err) == 0 && decoder->kind->finish)
		decoder->stopped = decoder->kind->finish(decoder, err);
	return decoder->stopped;
}
