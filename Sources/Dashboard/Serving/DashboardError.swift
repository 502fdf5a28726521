import Quantities

/// Why the dashboard cannot be served.
public typealias DashboardError = RoomFault<DashboardFaults>
/// Names the room.
public enum DashboardFaults {}

extension RoomFault<DashboardFaults>.Code {
  /// libmicrohttpd is not there.
  public static var noLibrary: Self { Self("no-library") }
  /// The address is none.
  public static var badAddress: Self { Self("bad-address") }
  /// Another process listens there.
  public static var occupied: Self { Self("occupied") }
  /// The system does not let this process listen there.
  public static var notAllowed: Self { Self("not-allowed") }
  /// An address that others reach, and nothing that keeps them out.
  public static var unguarded: Self { Self("unguarded") }
  /// A key, a certificate or a token that cannot be used.
  public static var badKey: Self { Self("bad-key") }
  /// The server did not start otherwise.
  public static var notStarted: Self { Self("not-started") }
}
