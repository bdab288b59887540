package dev.flota.engine.image;

import java.util.List;

/**
 * What images occupy.
 *
 * @param layersSize bytes of all unpacked layers, shared ones counted once
 * @param images every image, with its {@link Image#sharedSize} computed
 */
public record DiskUsage(long layersSize, List<Image> images) {}
