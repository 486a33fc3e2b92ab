package io.persidict.format;

/**
 * The opcodes of pickle protocols 2 to 5 that basic values need. All others are refused.
 *
 * @see <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">their meaning</a>
 */
final class Opcode {
  static final int PROTO = 0x80;
  static final int FRAME = 0x95;
  static final int STOP = '.';
  static final int MARK = '(';

  static final int NONE = 'N';
  static final int NEWTRUE = 0x88;
  static final int NEWFALSE = 0x89;
  static final int BININT = 'J';
  static final int BININT1 = 'K';
  static final int BININT2 = 'M';
  static final int LONG1 = 0x8a;
  static final int LONG4 = 0x8b;
  static final int BINFLOAT = 'G';
  static final int BINUNICODE = 'X';
  static final int SHORT_BINUNICODE = 0x8c;
  static final int BINUNICODE8 = 0x8d;
  static final int BINBYTES = 'B';
  static final int SHORT_BINBYTES = 'C';
  static final int BINBYTES8 = 0x8e;

  static final int EMPTY_LIST = ']';
  static final int APPEND = 'a';
  static final int APPENDS = 'e';
  static final int EMPTY_TUPLE = ')';
  static final int TUPLE = 't';
  static final int TUPLE1 = 0x85;
  static final int TUPLE2 = 0x86;
  static final int TUPLE3 = 0x87;
  static final int EMPTY_DICT = '}';
  static final int SETITEM = 's';
  static final int SETITEMS = 'u';
  static final int EMPTY_SET = 0x8f;
  static final int ADDITEMS = 0x90;

  static final int BINGET = 'h';
  static final int LONG_BINGET = 'j';
  static final int BINPUT = 'q';
  static final int LONG_BINPUT = 'r';
  static final int MEMOIZE = 0x94;

  static final int GLOBAL = 'c';
  static final int STACK_GLOBAL = 0x93;
  static final int REDUCE = 'R';

  /** Those of all protocols below 0x80; of the others there is each up to {@link #LAST}. */
  private static final String ASCII = "().012BCFGIJKLMNPQRSTUVX]abcdeghijlopqrstu}";

  private static final int LAST = 0x98;

  private Opcode() {}

  /** Whether a pickle may have it, needed here or not. */
  static boolean isOne(int opcode) {
    return opcode < PROTO ? ASCII.indexOf(opcode) >= 0 : opcode <= LAST;
  }
}
