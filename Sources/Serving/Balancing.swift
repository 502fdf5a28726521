import Documents
import Quantities

/// How requests find their replica: who waits for how long depends on it.
public enum Balancing: String, CaseIterable, Hashable, Sendable {
  /// All replicas take from one line: the best that any balancer can do (a queue that workers pull from).
  case shared = "shared line"
  /// Each request goes to a replica by chance, whatever waits there: what kube-proxy and DNS do. Each replica is a queue of
  /// its own.
  case random = "random split"
  /// To one replica after the other, in turn: each gets every n-th request.
  case roundRobin = "round robin"
  /// Each request goes to the replica with the fewest requests, and stays there.
  case leastConnections = "least connections"
  /// Of two replicas drawn by chance, to the one with fewer requests.
  case powerOfTwo = "power of two choices"
  /// The request's key chooses, on a ring of hashes: the same key finds the same replica (sticky sessions, caches).
  case consistentHash = "consistent hash"

  /// Whether a replica's part of the requests does not depend on what waits there.
  var splits: Bool { self == .random || self == .roundRobin || self == .consistentHash }

  /// What a plan takes that does not say: the balancer that most services have without asking for another.
  public static let usual = Balancing.random

  public static let schema = Schema.choice(allCases.map(\.rawValue))
}
