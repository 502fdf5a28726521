import Glibc
import HeadroomTesting
import LoadTesting
import Quantities
import Serving
import Testing

/// The bars of the search for saturation, against queues whose limits are known. They take minutes and a quiet machine:
/// `HEADROOM_BARS=1 swift test --filter SaturationBarTests`.
@Suite(.serialized, .enabled(if: getenv("HEADROOM_BARS") != nil, "takes minutes; set HEADROOM_BARS=1"))
struct SaturationBarTests {
  static let service = 0.004

  func search(_ spacing: ArrivalSchedule.Spacing, _ limit: Double, _ probe: Double) throws -> SaturationResult {
    let server = try LoadedServer { _ in .queued(seconds: Self.service) }
    defer { server.stop() }
    return try SaturationTest(
      try LoadTarget(url: server.url), keeping: [.p99(.seconds(limit))], spacing: spacing, connections: 200,
      probeLength: .seconds(probe)
    ).run()
  }

  /// The share of an M/D/1's customers that wait longer than t: Erlang, "The Theory of Probabilities and Telephone
  /// Conversations", 1909. Sojourn is waiting plus the constant service.
  static func waitsAtMost(_ t: Double, _ lambda: Double, _ d: Double) -> Double {
    var sum = 0.0
    for k in 0...Int(t / d) {
      let x = lambda * (Double(k) * d - t)
      var term = exp(-x)
      for i in stride(from: 1, through: k, by: 1) { term *= x / Double(i) }
      sum += term
    }
    return (1 - lambda * d) * sum
  }

  @Test("constant arrivals find the capacity of a queue within 3 %")
  func capacity() throws {
    let result = try search(.constant, 0.1, 3)
    let rate = try #require(result.rate)
    print("capacity 250/s: found \(rate), \(result.low ?? .nan) to \(result.high ?? .nan), \(result.binding ?? "-")")
    #expect(abs(rate / (1 / Self.service) - 1) < 0.03)
    #expect(result.binding == "latency")
  }

  @Test("Poisson arrivals find the highest rate with P99 within the limit of an M/D/1 within 8 %")
  func objective() throws {
    let limit = 0.04
    var low = 1.0
    var high = 1 / Self.service
    for _ in 0..<60 {
      let rate = (low + high) / 2
      if Self.waitsAtMost(limit - Self.service, rate, Self.service) >= 0.99 { low = rate } else { high = rate }
    }
    let result = try search(.poisson, limit, 6)
    let rate = try #require(result.rate)
    print("M/D/1 P99 <= \(limit) s up to \(low)/s: found \(rate), \(result.low ?? .nan) to \(result.high ?? .nan)")
    #expect(abs(rate / low - 1) < 0.08)
  }
}
