#include "muster/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define OUTPUT_MOST ((size_t)4 << 20)
/* An escape alone is the key; what follows within this time belongs to it. */
#define ESCAPE_MILLISECONDS 50

struct terminal {
	struct termios before;
	bool colour, drawn;
	unsigned width, height;        /* of what was drawn */
	unsigned char input[256];
	size_t input_length;
	struct desk_line lines[DESK_HEIGHT_MOST];
	struct sigaction actions[4];
};

static volatile sig_atomic_t resized, ended;
static const int signals[] = { SIGWINCH, SIGTERM, SIGHUP, SIGINT };

static void on_signal(int number)
{
	if (number == SIGWINCH)
		resized = 1;
	else
		ended = 1;
}

static int say(const char *bytes, size_t length)
{
	return file_write_fully(STDOUT_FILENO, bytes, length);
}

#define SAY(literal) say(literal, sizeof(literal) - 1)

int terminal_begin(bool colour, struct terminal **ret_terminal, struct err *err)
{
	struct terminal *terminal = calloc(1, sizeof(*terminal));
	struct sigaction action = { .sa_handler = on_signal };
	const char *kind = getenv("TERM");
	struct termios raw;

	if (!terminal)
		return err_set(err, ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < DESK_HEIGHT_MOST; i++)
		buffer_init(&terminal->lines[i].text, 65536);
	if (tcgetattr(STDIN_FILENO, &terminal->before) < 0 || !isatty(STDOUT_FILENO) || !kind ||
	    strcmp(kind, "dumb") == 0) {
		free(terminal);
		return err_set(err, ERR_REFUSED,
			       "this needs a terminal that can be drawn on; muster queue does not");
	}
	terminal->colour = colour;
	raw = terminal->before;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	resized = ended = 0;
	for (size_t i = 0; i < ARRAY_LENGTH(signals); i++)
		sigaction(signals[i], &action, &terminal->actions[i]);
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) < 0 || SAY("\033[?1049h\033[2J\033[?25l") < 0) {
		terminal_end(terminal);
		return err_system(err, "the terminal");
	}
	*ret_terminal = terminal;
	return 0;
}

void terminal_end(struct terminal *terminal)
{
	if (!terminal)
		return;
	if (SAY("\033[0m\033[?25h\033[?1049l") < 0)
		errno = 0;                     /* nobody is there any more */
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal->before);
	for (size_t i = 0; i < ARRAY_LENGTH(signals); i++)
		sigaction(signals[i], &terminal->actions[i], NULL);
	for (size_t i = 0; i < DESK_HEIGHT_MOST; i++)
		buffer_done(&terminal->lines[i].text);
	free(terminal);
}

void terminal_clean(struct terminal **terminal)
{
	terminal_end(*terminal);
	*terminal = NULL;
}

void terminal_size(const struct terminal *terminal UNUSED, unsigned *ret_width,
		   unsigned *ret_height)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col || !size.ws_row)
		size = (struct winsize){ .ws_col = 80, .ws_row = 24 };
	*ret_width = size.ws_col;
	*ret_height = size.ws_row;
}

/* Keys ------------------------------------------------------------------------------------ */

/* 1: more input, 0: none within the time, negative: interrupted, or the end. */
static int input_more(struct terminal *terminal, int milliseconds)
{
	struct pollfd poll_for = { STDIN_FILENO, POLLIN, 0 };
	ssize_t length;
	int r = poll(&poll_for, 1, milliseconds);

	if (r <= 0)
		return r;
	length = read(STDIN_FILENO, terminal->input + terminal->input_length,
		      sizeof(terminal->input) - terminal->input_length);
	if (length == 0)
		ended = 1;
	if (length <= 0)
		return -1;
	terminal->input_length += (size_t)length;
	return 1;
}

static int input_take(struct terminal *terminal, size_t count, int key)
{
	terminal->input_length -= count;
	memmove(terminal->input, terminal->input + count, terminal->input_length);
	return key;
}

/* What a sequence of escape means; *ret_length: how many bytes it has, 0: not whole yet. */
static int sequence(const unsigned char *bytes, size_t length, size_t *ret_length)
{
	static const struct {
		const char *bytes;
		int key;
	} known[] = {
		{ "\033[A", DESK_KEY_UP },	 { "\033[B", DESK_KEY_DOWN },
		{ "\033OA", DESK_KEY_UP },	 { "\033OB", DESK_KEY_DOWN },
		{ "\033[5~", DESK_KEY_PAGE_UP }, { "\033[6~", DESK_KEY_PAGE_DOWN },
		{ "\033[H", DESK_KEY_HOME },	 { "\033[F", DESK_KEY_END },
		{ "\033OH", DESK_KEY_HOME },	 { "\033OF", DESK_KEY_END },
		{ "\033[1~", DESK_KEY_HOME },	 { "\033[4~", DESK_KEY_END },
	};

	*ret_length = 0;
	if (length < 2)
		return 0;
	if (bytes[1] != '[' && bytes[1] != 'O') {
		*ret_length = 1;
		return DESK_KEY_ESCAPE;
	}
	for (size_t end = 2; end < length; end++) {
		if (bytes[end] < 0x40)
			continue;
		*ret_length = end + 1;
		for (size_t i = 0; i < ARRAY_LENGTH(known); i++)
			if (strlen(known[i].bytes) == end + 1 &&
			    memcmp(known[i].bytes, bytes, end + 1) == 0)
				return known[i].key;
		return TERMINAL_NOTHING;       /* a key that means nothing here */
	}
	if (length > 16)
		*ret_length = length;
	return TERMINAL_NOTHING;
}

/* One character of UTF-8; *ret_length: as for sequence(). */
static int character(const unsigned char *bytes, size_t length, size_t *ret_length)
{
	size_t whole = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : bytes[0] >= 0xc0 ? 2 : 1;
	int c = bytes[0];

	*ret_length = length >= whole ? whole : 0;
	if (whole == 1 || length < whole)
		return c < 0x80 ? c : TERMINAL_NOTHING;
	if (text_utf8_valid((struct text){ (const char *)bytes, whole }) != whole) {
		*ret_length = 1;
		return TERMINAL_NOTHING;
	}
	c &= 0x7f >> whole;
	for (size_t i = 1; i < whole; i++)
		c = c << 6 | (bytes[i] & 0x3f);
	return c;
}

bool terminal_key_waits(struct terminal *terminal)
{
	return terminal->input_length > 0 || input_more(terminal, 0) > 0;
}

int terminal_key(struct terminal *terminal, int milliseconds)
{
	size_t length;
	int key;

	while (!ended && !resized) {
		if (terminal->input_length == 0) {
			int r = input_more(terminal, milliseconds);

			if (r == 0)
				return TERMINAL_NOTHING;
			continue;
		}
		if (terminal->input[0] == DESK_KEY_ESCAPE)
			key = sequence(terminal->input, terminal->input_length, &length);
		else
			key = character(terminal->input, terminal->input_length, &length);
		if (length == 0) {
			if (input_more(terminal, ESCAPE_MILLISECONDS) > 0)
				continue;
			key = terminal->input[0] == DESK_KEY_ESCAPE ? DESK_KEY_ESCAPE :
								       TERMINAL_NOTHING;
			length = terminal->input_length == 1 ? 1 : terminal->input_length;
		}
		key = input_take(terminal, length, key);
		if (key == ('c' & 0x1f))       /* no signal comes of it in raw mode */
			ended = 1;
		else if (key != TERMINAL_NOTHING)
			return key;
	}
	if (ended)
		return TERMINAL_GONE;
	resized = 0;
	terminal->drawn = false;
	return TERMINAL_RESIZED;
}

/* Lines ------------------------------------------------------------------------------------ */

static const char *attributes(const struct terminal *terminal, enum desk_look look)
{
	switch (look) {
	case DESK_STRONG:
		return "\033[1m";
	case DESK_CURSOR:
		return "\033[7m";
	case DESK_FAINT:
		return "\033[2m";
	case DESK_GRAVE:
		return terminal->colour ? "\033[31m" : "";
	case DESK_SERIOUS:
		return terminal->colour ? "\033[33m" : "";
	case DESK_PLAIN:
		break;
	}
	return "";
}

/* False: the line stands there already. */
static bool line_keep(struct desk_line *kept, const struct desk_line *line)
{
	if (kept->look == line->look &&
	    text_equal(buffer_text(&kept->text), buffer_text(&line->text)))
		return false;
	kept->look = line->look;
	buffer_reset(&kept->text);
	buffer_add_text(&kept->text, buffer_text(&line->text));
	return true;
}

int terminal_draw(struct terminal *terminal, const struct desk_screen *screen, struct err *err)
{
	CLEAN(buffer) struct buffer out;
	unsigned width, height;
	bool all = !terminal->drawn;

	buffer_init(&out, OUTPUT_MOST);
	terminal_size(terminal, &width, &height);
	buffer_add_string(&out, all ? "\033[?25l\033[2J" : "\033[?25l");
	for (unsigned i = 0; i < screen->height && i < height; i++)
		if (line_keep(&terminal->lines[i], &screen->lines[i]) || all) {
			buffer_add_format(&out, "\033[%u;1H%s", i + 1,
					  attributes(terminal, screen->lines[i].look));
			/* A line as wide as the screen must not wrap to the next. */
			buffer_add_string(&out, "\033[?7l");
			buffer_add_text(&out, buffer_text(&screen->lines[i].text));
			buffer_add_string(&out, "\033[?7h\033[0m");
		}
	if (screen->cursor_line >= 0)
		buffer_add_format(&out, "\033[%d;%dH\033[?25h", screen->cursor_line + 1,
				  screen->cursor_column + 1);
	terminal->drawn = true;
	if (out.failed || say(out.data, out.length) < 0)
		return err_system(err, "the terminal");
	return 0;
}
