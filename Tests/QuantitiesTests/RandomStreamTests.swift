import Glibc
import Testing

@testable import Quantities

@Suite struct RandomStreamTests {
  /// The algorithms once more, word for word from their authors' C (prng.di.unimi.it, xoshiro256plusplus.c and
  /// splitmix64.c), with arrays where the code under test has four variables.
  struct Transcription {
    var s: [UInt64]
    init(seed: UInt64) {
      var x = seed
      s = (0..<4).map { _ in
        x = x &+ 0x9e37_79b9_7f4a_7c15
        var z = x
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
      }
    }
    func rotl(_ x: UInt64, _ k: UInt64) -> UInt64 { (x << k) | (x >> (64 - k)) }
    mutating func next() -> UInt64 {
      let result = rotl(s[0] &+ s[3], 23) &+ s[0]
      let t = s[1] << 17
      s[2] = s[2] ^ s[0]
      s[3] = s[3] ^ s[1]
      s[1] = s[1] ^ s[2]
      s[0] = s[0] ^ s[3]
      s[2] = s[2] ^ t
      s[3] = rotl(s[3], 45)
      return result
    }
  }

  @Test("the numbers are those of xoshiro256++ seeded by splitmix64", arguments: [0, 1, 42, .max] as [UInt64])
  func reference(_ seed: UInt64) {
    var stream = RandomStream(seed: seed)
    var reference = Transcription(seed: seed)
    for _ in 0..<1000 { #expect(stream.next() == reference.next()) }
  }

  /// The first outputs from the state 1, 2, 3, 4: the test vector that implementations of xoshiro256++ share.
  @Test("the published test vector")
  func publishedVector() {
    var stream = RandomStream(seed: 0)
    (stream.s0, stream.s1, stream.s2, stream.s3) = (1, 2, 3, 4)
    let expected: [UInt64] = [
      41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386, 9_228_616_714_210_784_205,
      9_973_669_472_204_895_162,
    ]
    #expect(expected.map { _ in stream.next() } == expected)
  }

  /// The outputs of splitmix64 for the seed 1234567, as its implementations publish them.
  @Test("the seed fills the state by splitmix64")
  func seeding() {
    let stream = RandomStream(seed: 1_234_567)
    #expect(stream.s0 == 6_457_827_717_110_365_317 && stream.s1 == 3_203_168_211_198_807_973)
    #expect(stream.s2 == 9_817_491_932_198_370_423 && stream.s3 == 4_593_380_528_125_082_431)
  }

  @Test("the same seed gives the same numbers, another seed others")
  func seeds() {
    func first(_ seed: UInt64) -> [UInt64] {
      var stream = RandomStream(seed: seed)
      return (0..<8).map { _ in stream.next() }
    }
    #expect(first(1) == first(1))
    #expect(first(1) != first(2))
  }

  @Test("streams of items are the same each time, differ, and do not correlate")
  func splitting() {
    func uniforms(_ item: UInt64) -> [Double] {
      var stream = RandomStream(seed: 11, item: item)
      return (0..<20_000).map { _ in stream.uniform() }
    }
    #expect(uniforms(3) == uniforms(3))
    let streams = (0..<6).map { uniforms($0) }
    for i in 0..<6 {
      for j in 0..<i {
        #expect(streams[i][0] != streams[j][0])
        // The correlation of n independent pairs has the standard error 1 / sqrt(n).
        let products = zip(streams[i], streams[j]).map { ($0 - 0.5) * ($1 - 0.5) * 12 }
        let mean = products.reduce(0, +) / Double(products.count)
        #expect(abs(mean) < 5 / Double(products.count).squareRoot(), "items \(i) and \(j)")
      }
    }
  }

  @Test("uniform numbers lie in [0, 1) and in the bounds given")
  func bounds() {
    var stream = RandomStream(seed: 4)
    for _ in 0..<10_000 {
      #expect((0..<1).contains(stream.uniform()))
      #expect((-3.0...5).contains(stream.uniform(-3, 5)))
    }
  }

  /// A distribution with its mean, its variance and its kurtosis (fourth central moment over squared variance).
  struct Law: Sendable, CustomTestStringConvertible {
    var name: String
    var mean: Double
    var variance: Double
    var kurtosis: Double
    var draw: @Sendable (inout RandomStream) -> Double
    var testDescription: String { name }
  }
  static let laws: [Law] =
    [
      Law(name: "uniform", mean: 0.5, variance: 1.0 / 12, kurtosis: 1.8) { $0.uniform() },
      Law(name: "exponential", mean: 3, variance: 9, kurtosis: 9) { $0.exponential(mean: 3) },
      Law(name: "normal", mean: -2, variance: 25, kurtosis: 3) { $0.normal(mean: -2, deviation: 5) },
      Law(name: "log of lognormal", mean: log(7), variance: 0.25, kurtosis: 3) {
        log($0.lognormal(median: 7, shape: 0.5))
      },
    ]
    + [0.1, 3, 9.99, 10, 30, 1000, 1e6].map { m in
      Law(name: "Poisson \(m)", mean: m, variance: m, kurtosis: 3 + 1 / m) { Double($0.poisson(mean: m)) }
    }
    + [0.3, 1, 2.5, 40].map { k in
      Law(name: "gamma \(k)", mean: 2 * k, variance: 4 * k, kurtosis: 3 + 6 / k) { $0.gamma(shape: k, scale: 2) }
    }

  @Test("means and variances lie within five standard errors", arguments: laws)
  func moments(_ law: Law) throws {
    var stream = RandomStream(seed: 2026)
    let n = 100_000
    let draws = (0..<n).map { _ in law.draw(&stream) }
    let mean = try #require(Statistics.mean(draws))
    let variance = try #require(Statistics.variance(draws))
    #expect(abs(mean - law.mean) < 5 * (law.variance / Double(n)).squareRoot())
    #expect(abs(variance - law.variance) < 5 * law.variance * ((law.kurtosis - 1) / Double(n)).squareRoot())
  }

  @Test(
    "Poisson counts come as often as the formula says, on both sides of the change of method", arguments: [6.0, 12])
  func poissonShape(_ mean: Double) {
    var stream = RandomStream(seed: 5)
    let n = 200_000
    var counts = [Int](repeating: 0, count: 60)
    for _ in 0..<n { counts[min(59, stream.poisson(mean: mean))] += 1 }
    for k in 0..<30 {
      let p = exp(Double(k) * log(mean) - mean - lgamma(Double(k) + 1))
      let error = max(1e-4, (p * (1 - p) / Double(n)).squareRoot())
      #expect(abs(Double(counts[k]) / Double(n) - p) < 5 * error, "\(k) at mean \(mean)")
    }
  }

  @Test("impossible parameters give zero, not a trap or an endless loop")
  func impossible() {
    var stream = RandomStream(seed: 1)
    for mean in [0, -5, Double.nan, .infinity] { #expect(stream.poisson(mean: mean) == 0) }
    #expect(stream.poisson(mean: 1e300) > 0)
    for shape in [0, -1e9, Double.nan, .infinity] { #expect(stream.gamma(shape: shape, scale: 1) == 0) }
    #expect(stream.index(weights: []) == 0)
    #expect(stream.index(weights: [0, 0]) == 1)
  }

  @Test(
    "many pairs are those that would be drawn one by one, and leave the stream where these do",
    arguments: [0, 1, 7, 500])
  func pairs(count: Int) {
    var (many, single) = (RandomStream(seed: 4, item: UInt64(count)), RandomStream(seed: 4, item: UInt64(count)))
    let buffer = UnsafeMutableBufferPointer<NormalPair>.allocate(capacity: count)
    defer { buffer.deallocate() }
    many.fill(buffer)
    for pair in buffer { #expect(pair.normal() == single.normal()) }
    #expect(many.next() == single.next())
  }

  @Test("an index is drawn as often as its weight says")
  func weights() {
    var stream = RandomStream(seed: 8)
    var counts = [0.0, 0, 0, 0]
    for _ in 0..<100_000 { counts[stream.index(weights: [1, 0, 3, 6])] += 1 }
    #expect(counts[1] == 0)
    for (i, p) in [(0, 0.1), (2, 0.3), (3, 0.6)] {
      #expect(abs(counts[i] / 100_000 - p) < 5 * (p * (1 - p) / 100_000).squareRoot())
    }
  }
}
