package dev.flota.cluster.ledger.raft;

import dev.flota.cluster.ledger.HostCertificate;
import java.util.EnumSet;
import java.util.function.Predicate;
import javax.net.ssl.SSLSession;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Grpc;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;

/**
 * Refuses whatever a host sends that left the fleet, also on connections it still has: Ratis itself
 * is content with a certificate of the fleet.
 */
final class Doorkeeper implements GrpcServices.Customizer, ServerInterceptor {
  /** Ratis tells a host by its answer to this that it is no member any more. */
  private static final String VOTE = "requestVote";

  private volatile Predicate<String> gone = hostId -> false;

  /** From now on it is known of a host's id whether it left. */
  void knows(Predicate<String> isGone) {
    gone = isGone;
  }

  /** Whether a call of this host failed because of another's doorkeeper. */
  static boolean hasRefused(Throwable failure) {
    return Status.fromThrowable(failure).getCode() == Status.Code.PERMISSION_DENIED;
  }

  @Override
  public NettyServerBuilder customize(
      NettyServerBuilder builder, EnumSet<GrpcServices.Type> services) {
    return builder.intercept(this);
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (VOTE.equals(call.getMethodDescriptor().getBareMethodName())) {
      return next.startCall(call, headers);
    }
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    String caller = session == null ? "" : HostCertificate.hostId(session).orElse("");
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      private boolean refused;

      @Override
      public void onMessage(Q message) {
        if (!refused && gone.test(caller)) {
          refused = true;
          call.close(
              Status.PERMISSION_DENIED.withDescription(caller + " left the fleet"), new Metadata());
        }
        if (!refused) {
          super.onMessage(message);
        }
      }

      @Override
      public void onHalfClose() {
        if (!refused) {
          super.onHalfClose();
        }
      }
    };
  }
}
