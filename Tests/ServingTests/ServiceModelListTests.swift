import Serving
import Testing

@Suite struct ServiceModelListTests {
  @Test("names are unique and every descriptor is complete")
  func complete() {
    #expect(Set(ServiceModelList.all.map { $0.name }).count == ServiceModelList.all.count)
    for model in ServiceModelList.all {
      #expect(!model.summary.isEmpty)
      #expect(model.example.hasPrefix("service:"))
      #expect(!model.parameters.isEmpty)
      #expect(ServiceModelList.named(model.name)?.summary == model.summary)
    }
  }
}
