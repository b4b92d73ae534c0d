# frozen_string_literal: true

# The rehearsal's application, for real Sidekiq: each job does what jobs of its queue do, and writes its number down.
require "connection_pool"
require "pg"
require "socket"

module Rehearsal
  # As dotenv does it: what the environment has wins over the file.
  FILE = File.readlines("/home/mastodon/live/.env.production", chomp: true)
             .grep(/\A[A-Z]/).to_h { |line| line.split("=", 2) }.freeze

  def self.setting(name)
    ENV[name] || FILE.fetch(name)
  end

  # As in Rails: connections are made when they are first needed, at most as many as the pool has or threads want, and stay
  # until the process ends. Who waits 5 s for one fails.
  POOL = ConnectionPool.new(size: Integer(setting("DB_POOL")), timeout: 5) do
    PG.connect(host: setting("DB_HOST"), port: setting("DB_PORT"), dbname: setting("DB_NAME"), user: setting("DB_USER"),
               password: setting("DB_PASS"))
  end

  def self.with_connection
    POOL.with do |connection|
      yield connection
    rescue PG::ConnectionBad, PG::UnableToSend
      # The next one to get it finds it mended, or learns why it can't be.
      connection.reset
      raise
    end
  end

  NAME = "#{Socket.gethostname} #{ENV.fetch('PGAPPNAME', 'unnamed')}"

  # Whatever is due is started twice where two of these live: this is found out by a lock that one alone can have.
  def self.watch_for_a_second_scheduler
    Thread.new do
      with_connection do |connection|
        until connection.exec("SELECT pg_try_advisory_lock(4)").getvalue(0, 0) == "t"
          Sidekiq.logger.error("two schedulers: another one lives beside #{NAME}")
          connection.exec_params("INSERT INTO two_schedulers (worker) VALUES ($1)", [NAME])
          sleep 0.5
        end
        sleep
      end
    end
  end

  # One job: its number comes from whoever wants to know that it was done.
  class Job
    include Sidekiq::Worker
    sidekiq_options retry: 5

    def perform(number)
      Rehearsal.with_connection do |connection|
        work(connection)
        connection.exec_params("INSERT INTO done (number, queue, worker) VALUES ($1, $2, $3)",
                               [number, self.class.queue, NAME])
      end
    end

    def self.queue
      name[/\w+\z/].downcase
    end

    def compute(rounds)
      rounds.times { |round| round * round }
    end
  end

  # Signatures are checked: it computes, and threads gain nothing.
  class Ingress < Job
    def work(_connection) = compute(300_000)
  end

  # Others are waited for: threads gain all.
  class Push < Job
    def work(_connection) = sleep(0.2)
  end

  class Pull < Push; end

  class Mailers < Push; end

  # Some of both; the database is waited for, too.
  class Default < Job
    def work(connection)
      compute(30_000)
      connection.exec("SELECT pg_sleep(0.03)")
    end
  end

  class Scheduler < Job
    def work(_connection); end
  end
end

Sidekiq.logger.level = Logger::WARN
url = { url: Rehearsal.setting("REDIS_URL"), password: Rehearsal.setting("REDIS_PASSWORD") }
Sidekiq.configure_client { |config| config.redis = url }
Sidekiq.configure_server do |config|
  config.redis = url
  config.on(:startup) do
    Rehearsal.watch_for_a_second_scheduler if Sidekiq.options[:queues].include?("scheduler")
  end
end
