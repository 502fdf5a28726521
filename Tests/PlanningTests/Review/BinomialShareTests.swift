import Testing

@testable import Planning

@Suite struct BinomialShareTests {
  // Clopper and Pearson's interval of 99 % in closed form: no hit in n leaves 1 - 0.005^(1/n) above, n of n leave
  // 0.005^(1/n) below; 1 of 10 by R's binom.test(1, 10, conf.level = 0.99): 0.00050 to 0.54428.
  @Test("the interval is the exact one")
  func exact() {
    #expect(abs(BinomialShare(hits: 0, of: 20).high - 0.232737) < 1e-5)
    #expect(BinomialShare(hits: 0, of: 20).low == 0)
    #expect(abs(BinomialShare(hits: 5, of: 5).low - 0.346572) < 1e-5)
    let one = BinomialShare(hits: 1, of: 10)
    #expect(abs(one.low - 0.000501) < 1e-5 && abs(one.high - 0.544287) < 1e-4)
  }

  @Test("what overlaps widens the interval, and nothing counted says nothing")
  func independent() {
    let all = BinomialShare(hits: 10, of: 40)
    let few = BinomialShare(hits: 10, of: 40, independent: 8)
    #expect(few.low < all.low && few.high > all.high)
    #expect(few.share == 0.25)
    let none = BinomialShare(hits: 0, of: 0)
    #expect(none.low == 0 && none.high == 1 && none.share.isNaN)
  }

  @Test("hundreds of thousands of trials are no trouble")
  func many() {
    let many = BinomialShare(hits: 5000, of: 100_000)
    #expect(many.low > 0.047 && many.low < 0.05 && many.high > 0.05 && many.high < 0.053)
  }
}
