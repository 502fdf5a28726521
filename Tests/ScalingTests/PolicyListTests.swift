import HeadroomTesting
import Scaling
import Testing

@Suite struct PolicyListTests {
  @Test("names are unique and every descriptor is complete")
  func complete() {
    #expect(Set(PolicyList.all.map { $0.name }).count == PolicyList.all.count)
    for policy in PolicyList.all {
      #expect(!policy.summary.isEmpty)
      #expect(policy.example.hasPrefix("scaling:"))
      #expect(policy.example.contains(policy.name + ":"))
      #expect(PolicyList.named(policy.name)?.summary == policy.summary)
    }
    #expect(PolicyList.named("nonesuch") == nil)
  }
}
