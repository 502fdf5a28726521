import Quantities

/// A load test that cannot start or go on.
public typealias LoadTestingError = RoomFault<LoadTestingFaults>
/// Names the room.
public enum LoadTestingFaults {}

extension RoomFault<LoadTestingFaults>.Code {
  /// The address is not one that can be loaded.
  public static var badTarget: Self { Self("bad target") }
  /// The host is neither this machine nor allowed.
  public static var hostNotAllowed: Self { Self("host not allowed") }
  /// More load or a longer test than the limits allow.
  public static var aboveLimit: Self { Self("above the limit") }
  /// The settings contradict each other or make no sense.
  public static var badSettings: Self { Self("bad settings") }
  /// The service cannot be reached.
  public static var unreachable: Self { Self("unreachable") }
  /// The system gives no more sockets or memory.
  public static var exhausted: Self { Self("exhausted") }
}
