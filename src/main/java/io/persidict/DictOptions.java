package io.persidict;

import io.persidict.format.AllowList;
import io.persidict.format.Format;
import io.persidict.format.Formats;
import io.persidict.key.KeyLayout;
import io.persidict.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The options of a dictionary that have nothing to do with where it lies. */
final class DictOptions {
  String format = "json";
  int digestLength;
  boolean immutableItems;

  DictOptions(int digestLength) {
    this.digestLength = digestLength;
  }

  /**
   * Opens a dictionary of that format.
   *
   * @param store opened once all options are known to be right
   * @throws IllegalArgumentException if an option is out of range or does not go with {@code type}
   */
  <V> PersiDict<V> open(String id, Class<V> type, Supplier<? extends Store> store) {
    ClassLoader classLoader =
        type.getClassLoader() == null ? ClassLoader.getSystemClassLoader() : type.getClassLoader();
    Format<V> chosen = Formats.of(id, type, new AllowList(List.of(type), ""), classLoader);
    KeyLayout layout = new KeyLayout(digestLength, chosen.extension());
    Store opened = store.get();
    return PersiDict.over(opened, chosen, Parameters.of(opened, layout, immutableItems, type));
  }

  /** Opens one dictionary a format, or none if one of them cannot be opened. */
  OverlappingMultiDict openAll(
      Map<String, ? extends Class<?>> types, Supplier<? extends Store> store) {
    List<PersiDict<?>> dicts = new ArrayList<>();
    try {
      types.forEach((id, type) -> dicts.add(open(id, type, store)));
      return OverlappingMultiDict.of(dicts);
    } catch (RuntimeException e) {
      dicts.forEach(PersiDict::close);
      throw e;
    }
  }
}
