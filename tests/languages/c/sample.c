// The sample guest in C; what it does is told in tests/languages.rs. It runs
// once in a fresh instance, so what it allocates ends with it.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define NAP_NS 50000000LL
#define MAX_ENTRIES 1000

static const char *greeting = "hello";

struct bytes {
  unsigned char *at;
  size_t length;
};

// What is listed below /workspace.
static char *entries[MAX_ENTRIES];
static size_t entry_count;

static char *format(const char *pattern, ...) {
  char *text = NULL;
  va_list arguments;
  va_start(arguments, pattern);
  vasprintf(&text, pattern, arguments);
  va_end(arguments);
  return text;
}

static bool read_all(const char *path, struct bytes *content) {
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  size_t room = 0;
  *content = (struct bytes){0};
  do {
    room += 65536;
    // One more for the end of the text.
    content->at = realloc(content->at, room + 1);
    content->length += fread(content->at + content->length, 1, room - content->length, file);
  } while (content->length == room);
  content->at[content->length] = 0;
  bool good = !ferror(file);
  fclose(file);
  return good;
}

// Every file and directory below `place`, relative to where the walk began.
static bool walk(const char *place, const char *prefix) {
  DIR *directory = opendir(place);
  if (!directory) return false;
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    if (entry_count == MAX_ENTRIES) return false;
    char *path = format("%s%s", prefix, entry->d_name);
    entries[entry_count++] = path;
    if (entry->d_type != DT_DIR) continue;
    if (!walk(format("%s/%s", place, entry->d_name), format("%s/", path))) return false;
  }
  return closedir(directory) == 0;
}

static int by_bytes(const void *one, const void *other) {
  return strcmp(*(char *const *)one, *(char *const *)other);
}

static long long nanoseconds(clockid_t clock) {
  struct timespec now;
  if (clock_gettime(clock, &now)) return 0;
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static bool clocks_go_on(void) {
  long long wall = nanoseconds(CLOCK_REALTIME), monotonic = nanoseconds(CLOCK_MONOTONIC);
  nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
  return nanoseconds(CLOCK_REALTIME) > wall && nanoseconds(CLOCK_MONOTONIC) - monotonic >= NAP_NS;
}

static bool random_differs(void) {
  char one[16], other[16];
  if (getentropy(one, sizeof one) || getentropy(other, sizeof other)) return false;
  return memcmp(one, other, sizeof one) != 0;
}

static bool refused(const char *path, int flags) {
  int file = open(path, flags, 0644);
  if (file >= 0) close(file);
  return file < 0 && errno != 0;
}

// A JSON string. What is above ASCII is UTF-8 already and stays.
static void quote(FILE *out, const char *text) {
  fputc('"', out);
  for (; *text; text++) {
    unsigned char c = *text;
    if (c == '"' || c == '\\') fprintf(out, "\\%c", c);
    else if (c < ' ') fprintf(out, "\\u%04x", c);
    else fputc(c, out);
  }
  fputc('"', out);
}

static void quote_inputs(FILE *out, sentinel_agent_input_list_input_file_t files) {
  fputc('[', out);
  for (size_t i = 0; i < files.len; i++) {
    if (i) fputc(',', out);
    quote(out, format("%.*s", (int)files.ptr[i].path.len, (char *)files.ptr[i].path.ptr));
  }
  fputc(']', out);
}

static void quote_entries(FILE *out) {
  qsort(entries, entry_count, sizeof *entries, by_bytes);
  fputc('[', out);
  for (size_t i = 0; i < entry_count; i++) {
    if (i) fputc(',', out);
    quote(out, entries[i]);
  }
  fputc(']', out);
}

static const char *yes_or_no(bool it) { return it ? "true" : "false"; }

static char *tell(sentinel_agent_input_list_input_file_t files, size_t listed, struct bytes greet,
                  struct bytes log) {
  char *said;
  size_t length;
  FILE *out = open_memstream(&said, &length);
  unsigned sum = 0;
  for (size_t i = 0; i < log.length; i++) sum += log.at[i];
  fprintf(out, "{\"language\":\"C\",\"inputs\":");
  quote_inputs(out, files);
  fprintf(out, ",\"listed\":%zu,\"entries\":", listed);
  quote_entries(out);
  fprintf(out, ",\"greet\":");
  quote(out, (char *)greet.at);
  fprintf(out, ",\"log_bytes\":%zu,\"log_sum\":%u", log.length, sum);
  fprintf(out, ",\"clock_went_on\":%s", yes_or_no(clocks_go_on()));
  fprintf(out, ",\"random\":%s", yes_or_no(random_differs()));
  fprintf(out, ",\"write_refused\":%s", yes_or_no(refused("/workspace/evil.txt", O_WRONLY | O_CREAT)));
  fprintf(out, ",\"escape_refused\":%s}", yes_or_no(refused("/workspace/../outside.txt", O_RDONLY)));
  fclose(out);
  return said;
}

static bool fail(exports_sentinel_agent_lifecycle_agent_error_t *error, const char *why) {
  error->tag = SENTINEL_AGENT_TYPES_AGENT_ERROR_FAILED;
  agent_string_dup(&error->val.failed, why);
  return false;
}

static void report(uint32_t done) {
  agent_string_t step;
  agent_string_set(&step, "look around");
  sentinel_agent_progress_report(&step, done, 2);
}

bool exports_sentinel_agent_lifecycle_initialize(
    exports_sentinel_agent_lifecycle_list_attribute_t *config,
    exports_sentinel_agent_lifecycle_agent_error_t *error) {
  (void)error;
  for (size_t i = 0; i < config->len; i++) {
    agent_string_t key = config->ptr[i].key, value = config->ptr[i].value;
    if (key.len == strlen("greeting") && !memcmp(key.ptr, "greeting", key.len)) {
      greeting = format("%.*s", (int)value.len, (char *)value.ptr);
    }
  }
  exports_sentinel_agent_lifecycle_list_attribute_free(config);
  return true;
}

bool exports_sentinel_agent_lifecycle_execute(
    exports_sentinel_agent_lifecycle_task_t *task,
    exports_sentinel_agent_lifecycle_output_t *output,
    exports_sentinel_agent_lifecycle_agent_error_t *error) {
  if (task->kind.tag != SENTINEL_AGENT_TYPES_TASK_KIND_REPAIR &&
      task->kind.tag != SENTINEL_AGENT_TYPES_TASK_KIND_OPTIMIZE) {
    error->tag = SENTINEL_AGENT_TYPES_AGENT_ERROR_UNSUPPORTED_TASK;
    agent_string_dup(&error->val.unsupported_task, "only repair and optimize");
    return false;
  }
  agent_string_t hello;
  agent_string_set(&hello, format("%s from C", greeting));
  sentinel_agent_log_emit(SENTINEL_AGENT_LOG_LEVEL_INFO, &hello);
  report(1);

  sentinel_agent_input_list_input_file_t files;
  sentinel_agent_workspace_list_entry_t listed;
  sentinel_agent_types_access_error_t denied;
  if (!sentinel_agent_input_list(&files, &denied)) return fail(error, "no input");
  if (!sentinel_agent_workspace_list(NULL, 1000, &listed, &denied)) return fail(error, "no workspace");

  struct bytes greet, log;
  if (!walk("/workspace", "")) return fail(error, "walk /workspace");
  if (!read_all("/workspace/greet.txt", &greet)) return fail(error, "read greet.txt");
  if (!read_all("/input/job.log", &log)) return fail(error, "read job.log");
  output->tag = SENTINEL_AGENT_TYPES_OUTPUT_ABSTAINED;
  agent_string_dup(&output->val.abstained, tell(files, listed.len, greet, log));
  report(2);
  return true;
}

void exports_sentinel_agent_lifecycle_cleanup(void) {}
