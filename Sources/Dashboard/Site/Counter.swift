import Synchronization

/// Counts what several threads finish.
final class Counter: Sendable {
  private let count = Atomic<Int>(0)
  /// One more; the sum.
  @discardableResult func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
  var value: Int { count.load(ordering: .relaxed) }
}
