#pragma once

#include "core/catalog/catalog.h"
#include "core/catalog/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace rialto {

/// A catalogue, and commands that succeed in it.
class CatalogFixture : public testing::Test {
 protected:
  static constexpr SessionId alice{1};

  static QueueDeclaration durable(std::string name) {
    QueueDeclaration out;
    out.session = alice;
    out.name = std::move(name);
    out.durable = true;
    return out;
  }
  static QueueDeletion deletion(std::string name) {
    QueueDeletion out;
    out.session = alice;
    out.name = std::move(name);
    return out;
  }
  static BindingChange binding(std::string exchange, std::string queue, std::string key) {
    BindingChange out;
    out.session = alice;
    out.exchange = std::move(exchange);
    out.destination = std::move(queue);
    out.routing_key = std::move(key);
    return out;
  }
  static ExchangeDeclaration exchange(std::string name, std::string type) {
    ExchangeDeclaration out;
    out.name = std::move(name);
    out.type = std::move(type);
    out.durable = true;
    return out;
  }

  static CatalogFrame effect(const Result<CatalogFrame>& decision) {
    EXPECT_TRUE(decision.has_value()) << (decision ? "" : decision.error().text);
    return decision.has_value() ? *decision : CatalogFrame{};
  }
  static void expect_refusal(const Result<CatalogFrame>& decision, Errc code,
                             const std::string& text) {
    ASSERT_FALSE(decision.has_value()) << text;
    EXPECT_EQ(decision.error().code, code);
    EXPECT_THAT(decision.error().text, testing::HasSubstr(text));
  }

  const QueueRecord& declare(const QueueDeclaration& command) {
    catalog.apply(effect(decide_declare_queue(catalog, command)));
    return *catalog.queue(command.vhost, command.name);
  }
  const QueueRecord& declare(const std::string& name) { return declare(durable(name)); }
  const TopicRecord& create_topic(const std::string& name, int partitions) {
    catalog.apply(effect(decide_create_topic(catalog, {"/", name, partitions, {}})));
    return *catalog.topic("/", name);
  }
  void declare_exchange(const std::string& name, bool auto_delete) {
    auto command = exchange(name, "direct");
    command.auto_delete = auto_delete;
    catalog.apply(effect(decide_declare_exchange(catalog, command)));
  }
  void bind(const std::string& from, const std::string& queue, const std::string& key) {
    catalog.apply(effect(decide_bind(catalog, binding(from, queue, key))));
  }

  Catalog catalog;
};

}  // namespace rialto
