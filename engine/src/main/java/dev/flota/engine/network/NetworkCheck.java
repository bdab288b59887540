package dev.flota.engine.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is wrong with the addresses of a wished network, as moby's {@code ValidateIPAM} says it. */
final class NetworkCheck {
  private static final int SMALLEST = 30;

  private NetworkCheck() {}

  static List<String> of(NetworkDefinition wish) {
    List<String> errors = new ArrayList<>();
    String subnet = wish.subnet();
    if (subnet == null) {
      if (wish.ipRange() != null || wish.gateway() != null || !wish.auxiliary().isEmpty()) {
        errors.add("invalid subnet : invalid CIDR block notation");
      }
      return errors;
    }
    Optional<Block> block = Block.parse(subnet);
    if (block.isEmpty()) {
      errors.add("invalid subnet " + subnet + ": invalid CIDR block notation");
      return errors;
    }
    Subnet parent = block.get().subnet();
    if (!block.get().masked()) {
      errors.add("invalid subnet " + subnet + ": it should be " + parent);
    } else if (parent.prefixLength() > SMALLEST) {
      errors.add("invalid subnet " + subnet + ": it has no room for a gateway and a container");
    }
    range(wish.ipRange(), parent, errors);
    address("gateway " + wish.gateway(), wish.gateway(), parent, errors);
    wish.auxiliary()
        .forEach((name, address) -> address("auxiliary address " + name, address, parent, errors));
    return errors;
  }

  private static void range(@Nullable String text, Subnet parent, List<String> errors) {
    if (text == null) {
      return;
    }
    String prefix = "invalid ip-range " + text + ": ";
    Optional<Block> range = Block.parse(text);
    if (range.isEmpty()) {
      errors.add(prefix + "invalid CIDR block notation");
      return;
    }
    Subnet subnet = range.get().subnet();
    if (!range.get().masked()) {
      errors.add(prefix + "it should be " + subnet);
    }
    if (subnet.prefixLength() < parent.prefixLength()) {
      errors.add(prefix + "CIDR block is bigger than its parent subnet " + parent);
    } else if (!parent.contains(subnet)) {
      errors.add(prefix + "parent subnet " + parent + " doesn't contain ip-range");
    }
  }

  private static void address(
      String what, @Nullable String text, Subnet parent, List<String> errors) {
    if (text == null) {
      return;
    }
    Optional<Ipv4> address = Ipv4.parse(text);
    if (address.isEmpty()) {
      errors.add("invalid " + what + ": invalid address");
    } else if (!parent.contains(address.get())) {
      errors.add("invalid " + what + ": parent subnet " + parent + " doesn't contain this address");
    }
  }
}
