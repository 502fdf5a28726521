import Synchronization

/// What the server did, for `/metrics`.
public final class Meters: Sendable {
  /// Bounds of the buckets of durations, in seconds.
  static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5]

  struct Key: Hashable, Sendable {
    var route: String
    var method: String
    var status: Int
  }
  struct Durations: Sendable {
    var buckets = [Int](repeating: 0, count: Meters.bounds.count + 1)
    var sum = 0.0
    var count = 0
  }
  struct Reading: Sendable {
    var requests: [Key: Int] = [:]
    var durations: [String: Durations] = [:]
  }
  private let reading = Mutex(Reading())
  /// Connections and requests that are open now.
  public let connections = Atomic<Int>(0)

  func count(_ route: String, _ method: String, _ status: Int, seconds: Double) {
    // Methods are the client's words: unknown ones share a name, or the set would be theirs to grow.
    let known = ["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"].contains(method) ? method : "other"
    reading.withLock { reading in
      reading.requests[Key(route: route, method: known, status: status), default: 0] += 1
      var durations = reading.durations[route] ?? Durations()
      durations.buckets[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
      durations.sum += max(0, seconds)
      durations.count += 1
      reading.durations[route] = durations
    }
  }

  func read() -> Reading { reading.withLock { $0 } }
}
