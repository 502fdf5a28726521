import Quantities

/// What a faulty network did.
public struct ChaosResult: Sendable, Equatable {
  /// What came of one fault of the schedule.
  public struct Entry: Sendable, Equatable {
    public var fault: Fault
    /// Whether its time came; for a signal, whether it went out.
    public var hasHappened = false
    /// Connections that it reset, and that it made swallow everything.
    public var resets = 0
    public var swallowed = 0
  }
  public var duration = Duration.zero
  public var connections = 0
  /// Connections that the service did not take; their clients were reset.
  public var refused = 0
  public var resets = 0
  public var swallowed = 0
  public var bytesToService = 0
  public var bytesToClients = 0
  public var bytesSwallowed = 0
  public var entries: [Entry] = []
  /// Processes that were stopped and not continued by the schedule, and that were continued at the end.
  public var resumed: [Int] = []

  public init() {}
}
