/// One of several generators that share a schedule: `2/5` is the second of five.
public struct Shard: Sendable, Hashable, CustomStringConvertible {
  /// From 1.
  public let number: Int
  public let count: Int

  /// All of a schedule.
  public static let whole = Shard()
  private init() {
    number = 1
    count = 1
  }

  /// Nil unless `1 <= number <= count`, and for more than 100,000 shards.
  public init?(_ number: Int, of count: Int) {
    guard (1...100_000).contains(count), (1...count).contains(number) else { return nil }
    self.number = number
    self.count = count
  }

  /// Reads `2/5`.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]) else { return nil }
    self.init(number, of: count)
  }

  public var isWhole: Bool { count == 1 }
  public var description: String { "\(number)/\(count)" }
}
