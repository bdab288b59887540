package dev.flota.cluster.directory;

import dev.flota.cluster.membership.FleetMessage;
import dev.flota.engine.image.Image;
import dev.flota.engine.volume.VolumeInfo;
import java.util.List;

/** What a host has on its disk for containers. */
public record HostGoods(List<Image> images, List<VolumeInfo> volumes) implements FleetMessage {
  /** Nothing. */
  public static final HostGoods NONE = new HostGoods(List.of(), List.of());
}
