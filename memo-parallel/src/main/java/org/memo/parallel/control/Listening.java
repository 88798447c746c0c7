package org.memo.parallel.control;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;
import org.memo.parallel.launch.Launch;

/** Rank 0's port: the first free one, at the given address and at no other. */
final class Listening {
  private static final int BACKLOG = 4_096;

  private Listening() {}

  /**
   * @throws UserInputException when the address is not this machine's or no port is free
   */
  static ServerSocket at(Launch launch, Waits waits) {
    InetAddress address = address(launch, waits);
    for (int port : launch.ports()) {
      InetSocketAddress place = new InetSocketAddress(address, port);
      ServerSocket server = bind(place);
      if (server != null) {
        return server;
      }
      requireForeign(launch, waits, place);
    }
    throw new UserInputException(
        "rank 0 finds no free port at %s: give MASTER_PORT another".formatted(launch.place()));
  }

  private static @Nullable ServerSocket bind(InetSocketAddress place) {
    ServerSocket server = null;
    try {
      server = new ServerSocket();
      server.bind(place, BACKLOG);
      return server;
    } catch (IOException e) {
      close(server);
      return null;
    }
  }

  private static void close(@Nullable ServerSocket server) {
    try {
      if (server != null) {
        server.close();
      }
    } catch (IOException e) {
      // it was not bound
    }
  }

  private static void requireForeign(Launch launch, Waits waits, InetSocketAddress place) {
    try (Socket socket = new Socket()) {
      socket.connect(place, (int) waits.banner().toMillis());
      Banner banner = Banner.read(new TimedSocket(socket, waits.banner()).read(Banner.BYTES));
      if (banner != null && Arrays.equals(banner.run(), Banner.run(launch))) {
        throw new UserInputException(
            "rank 0 is two processes, this one and the one at %s, port %d: give each process a rank of its own"
                .formatted(place.getAddress().getHostAddress(), place.getPort()));
      }
    } catch (IOException e) {
      // a foreign server, or one that has gone meanwhile
    }
  }

  private static InetAddress address(Launch launch, Waits waits) {
    try {
      return Arrays.stream(Names.addresses(launch.host(), Waits.forming(waits.timeout())))
          .filter(Listening::isOfThisMachine)
          .filter(address -> launch.isOneMachine() || !address.isLoopbackAddress())
          .findFirst()
          .orElseThrow(() -> new UserInputException(notHere(launch)));
    } catch (UnknownHostException e) {
      throw new UserInputException(
          "the machine of rank 0, %s, is not known by that name: give MASTER_ADDR a name or address"
                  .formatted(launch.host())
              + " that all machines know",
          e);
    }
  }

  private static String notHere(Launch launch) {
    return launch.isOneMachine()
        ? "%s is no address of this machine, on which rank 0 runs: give MASTER_ADDR one of its own"
            .formatted(launch.host())
        : ("%s is no address of this machine, on which rank 0 runs, that others could reach: give"
                + " MASTER_ADDR one of its network")
            .formatted(launch.host());
  }

  private static boolean isOfThisMachine(InetAddress address) {
    try {
      return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return false;
    }
  }
}
