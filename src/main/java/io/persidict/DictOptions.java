package io.persidict;

import io.persidict.format.AllowList;
import io.persidict.format.Format;
import io.persidict.format.Formats;
import io.persidict.key.KeyLayout;
import io.persidict.maintenance.Keeper;
import io.persidict.maintenance.MaintainedEntries;
import io.persidict.maintenance.MaintainedStore;
import io.persidict.maintenance.Maintenance;
import io.persidict.maintenance.StoreLimits;
import io.persidict.maintenance.Uses;
import io.persidict.store.DeleteResult;
import io.persidict.store.Listed;
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
  StoreLimits limits = StoreLimits.NONE;

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
    Store opened = maintained(store.get(), layout);
    return PersiDict.over(opened, chosen, Parameters.of(opened, layout, immutableItems, type));
  }

  /** {@code opened}, kept within the limits if there are any. */
  private Store maintained(Store opened, KeyLayout layout) {
    if (limits.equals(StoreLimits.NONE)) {
      return opened;
    }
    Uses uses = new Uses();
    try {
      Store kept =
          limits.isBounded() && !opened.housekeeping().isRemote()
              ? opened.housekeeping().remembering(uses)
              : opened;
      MaintainedEntries entries =
          new MaintainedEntries() {
            @Override
            public Kind kind(String name) {
              return layout.key(name).isPresent() ? Kind.ENTRY : Kind.OTHER;
            }

            @Override
            public boolean evict(Listed entry) {
              return opened.discard(entry.name(), entry.stat().etag())
                  == DeleteResult.Deleted.DELETED;
            }
          };
      Keeper keeper =
          new Keeper(
              opened.within(layout::isPrefix),
              opened,
              layout.extension(),
              limits,
              entries,
              uses,
              new Maintenance());
      keeper.start();
      return new MaintainedStore(kept, keeper, opened);
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
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
