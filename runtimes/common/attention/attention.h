// The page through which the host tells a program of Ctrl-C and of the terminal: wit/deps/pylon-host says what is in it.
#ifndef PYLON_ATTENTION_H
#define PYLON_ATTENTION_H

#include <stdint.h>

typedef struct {
    volatile uint32_t interrupts;
    volatile uint32_t resizes;
    volatile uint32_t columns, rows;
    volatile uint32_t changes;
    uint32_t iflag, oflag, cflag, lflag;
    uint8_t minimum, time, erase, interrupt;
} attention_page;

// All zeros where the host does not know of it.
extern attention_page attention;

// Of each program: a word that it looks at all the time, and in `bits` those that make it look at the page.
uint32_t *attention_watched_word(uint32_t *bits);

#endif
