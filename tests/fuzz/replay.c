/* Run a fuzz target on files, and on the files of folders, named as arguments: the corpus as a
 * plain test, or the one input that broke it. */

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_BYTES_MAX = 1 << 20 };

static size_t replay_count;

static void fail(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    exit(2);
}

static void replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(INPUT_BYTES_MAX);
    if (!file || !data)
        fail(path);
    size_t size = fread(data, 1, INPUT_BYTES_MAX, file);
    if (ferror(file))
        fail(path);
    fclose(file);
    /* Exactly as large as the input, for AddressSanitizer to see what reads behind it. */
    uint8_t *exact = realloc(data, size ? size : 1);
    if (!exact)
        fail(path);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    replay_count++;
}

static void replay(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder) {
        replay_file(path);
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(folder))) {
        char file_path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file_path, sizeof file_path, "%s/%s", path, entry->d_name);
        replay(file_path);
    }
    closedir(folder);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    printf("%zu inputs\n", replay_count);
    return replay_count == 0;
}
