package dev.flota.cluster.container;

import java.util.List;

/** {@code GET /containers/{id}/top}. */
public record Top(List<String> titles, List<List<String>> processes) {}
