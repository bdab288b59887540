package dev.flota.engine.image;

/**
 * A container that was made from an image.
 *
 * @param containerId 64 hexadecimal digits
 * @param running whether it runs (or is paused), which no force overrides
 */
public record ImageUse(String containerId, boolean running) {}
