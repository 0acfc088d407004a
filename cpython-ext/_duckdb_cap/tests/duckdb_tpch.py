"""Answers the questions of TPC-H: duckdb_tpch.py FOLDER, which has a Parquet file for each table. A line an answer: its number, how
many rows, and what is the same for equal rows. The machine's own Python prints the same with the package of PyPI. With `--times`
the seconds of each stand behind it."""

import hashlib
import sys
import time

import duckdb

TABLES = "customer lineitem nation orders part partsupp region supplier".split()
REVENUE = "sum(l_extendedprice * (1 - l_discount))"

QUESTIONS = {
    1: """select l_returnflag, l_linestatus, sum(l_quantity), sum(l_extendedprice), sum(l_extendedprice * (1 - l_discount)) disc,
        sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) charge, avg(l_quantity), avg(l_extendedprice), avg(l_discount), count(*)
        from lineitem where l_shipdate <= date '1998-09-02' group by all order by l_returnflag, l_linestatus""",
    2: """with european as (from supplier, nation, region where s_nationkey = n_nationkey and n_regionkey = r_regionkey
        and r_name = 'EUROPE')
        select s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment from part, partsupp, european
        where p_partkey = ps_partkey and s_suppkey = ps_suppkey and p_size = 15 and p_type like '%BRASS' and ps_supplycost =
        (select min(ps_supplycost) from partsupp, european where p_partkey = ps_partkey and s_suppkey = ps_suppkey)
        order by s_acctbal desc, n_name, s_name, p_partkey limit 100""",
    3: f"""select l_orderkey, {REVENUE} revenue, o_orderdate, o_shippriority from customer, orders, lineitem
        where c_mktsegment = 'BUILDING' and c_custkey = o_custkey and l_orderkey = o_orderkey and o_orderdate < date '1995-03-15'
        and l_shipdate > date '1995-03-15' group by all order by revenue desc, o_orderdate limit 10""",
    4: """select o_orderpriority, count(*) from orders where o_orderdate >= date '1993-07-01' and o_orderdate < date '1993-10-01'
        and exists (from lineitem where l_orderkey = o_orderkey and l_commitdate < l_receiptdate) group by all order by 1""",
    5: f"""select n_name, {REVENUE} revenue from customer, orders, lineitem, supplier, nation, region where c_custkey = o_custkey
        and l_orderkey = o_orderkey and l_suppkey = s_suppkey and c_nationkey = s_nationkey and s_nationkey = n_nationkey
        and n_regionkey = r_regionkey and r_name = 'ASIA' and o_orderdate >= date '1994-01-01' and o_orderdate < date '1995-01-01'
        group by all order by revenue desc""",
    6: """select sum(l_extendedprice * l_discount) from lineitem where l_shipdate >= date '1994-01-01'
        and l_shipdate < date '1995-01-01' and l_discount between 0.05 and 0.07 and l_quantity < 24""",
    7: f"""select a.n_name, b.n_name, year(l_shipdate), {REVENUE} from supplier, lineitem, orders, customer, nation a, nation b
        where s_suppkey = l_suppkey and o_orderkey = l_orderkey and c_custkey = o_custkey and s_nationkey = a.n_nationkey
        and c_nationkey = b.n_nationkey and (a.n_name, b.n_name) in (('FRANCE', 'GERMANY'), ('GERMANY', 'FRANCE'))
        and l_shipdate between date '1995-01-01' and date '1996-12-31' group by all order by all""",
    8: """select year(o_orderdate), sum(if(b.n_name = 'BRAZIL', l_extendedprice * (1 - l_discount), 0))
        / sum(l_extendedprice * (1 - l_discount)) from part, supplier, lineitem, orders, customer, nation a, nation b, region
        where p_partkey = l_partkey and s_suppkey = l_suppkey and l_orderkey = o_orderkey and o_custkey = c_custkey
        and c_nationkey = a.n_nationkey and a.n_regionkey = r_regionkey and r_name = 'AMERICA' and s_nationkey = b.n_nationkey
        and o_orderdate between date '1995-01-01' and date '1996-12-31' and p_type = 'ECONOMY ANODIZED STEEL' group by all order by 1""",
    9: """select n_name, year(o_orderdate) y, sum(l_extendedprice * (1 - l_discount) - ps_supplycost * l_quantity)
        from part, supplier, lineitem, partsupp, orders, nation where s_suppkey = l_suppkey and ps_suppkey = l_suppkey
        and ps_partkey = l_partkey and p_partkey = l_partkey and o_orderkey = l_orderkey and s_nationkey = n_nationkey
        and p_name like '%green%' group by all order by n_name, y desc""",
    10: f"""select c_custkey, c_name, {REVENUE} revenue, c_acctbal, n_name, c_address, c_phone, c_comment
        from customer, orders, lineitem, nation where c_custkey = o_custkey and l_orderkey = o_orderkey
        and o_orderdate >= date '1993-10-01' and o_orderdate < date '1994-01-01' and l_returnflag = 'R' and c_nationkey = n_nationkey
        group by all order by revenue desc, c_custkey limit 20""",
    11: """with german as (from partsupp, supplier, nation where ps_suppkey = s_suppkey and s_nationkey = n_nationkey
        and n_name = 'GERMANY')
        select ps_partkey, sum(ps_supplycost * ps_availqty) v from german group by all
        having v > (select sum(ps_supplycost * ps_availqty) * 0.001 from german) order by v desc, ps_partkey""",
    12: """select l_shipmode, count_if(o_orderpriority in ('1-URGENT', '2-HIGH')), count_if(o_orderpriority not in ('1-URGENT', '2-HIGH'))
        from orders, lineitem where o_orderkey = l_orderkey and l_shipmode in ('MAIL', 'SHIP') and l_commitdate < l_receiptdate
        and l_shipdate < l_commitdate and l_receiptdate >= date '1994-01-01' and l_receiptdate < date '1995-01-01'
        group by all order by 1""",
    13: """with counted as (select c_custkey, count(o_orderkey) n from customer left join orders
        on c_custkey = o_custkey and o_comment not like '%special%requests%' group by all)
        select n, count(*) c from counted group by all order by c desc, n desc""",
    14: """select 100.00 * sum(if(p_type like 'PROMO%', l_extendedprice * (1 - l_discount), 0))
        / sum(l_extendedprice * (1 - l_discount)) from lineitem, part where l_partkey = p_partkey
        and l_shipdate >= date '1995-09-01' and l_shipdate < date '1995-10-01'""",
    15: f"""with earned as (select l_suppkey k, {REVENUE} total from lineitem where l_shipdate >= date '1996-01-01'
        and l_shipdate < date '1996-04-01' group by all)
        select s_suppkey, s_name, s_address, s_phone, total from supplier, earned where s_suppkey = k
        and total = (select max(total) from earned) order by 1""",
    16: """select p_brand, p_type, p_size, count(distinct ps_suppkey) n from partsupp, part where p_partkey = ps_partkey
        and p_brand <> 'Brand#45' and p_type not like 'MEDIUM POLISHED%' and p_size in (49, 14, 23, 45, 19, 3, 36, 9)
        and ps_suppkey not in (select s_suppkey from supplier where s_comment like '%Customer%Complaints%')
        group by all order by n desc, p_brand, p_type, p_size""",
    17: """select sum(l_extendedprice) / 7.0 from lineitem, part where p_partkey = l_partkey and p_brand = 'Brand#23'
        and p_container = 'MED BOX' and l_quantity < (select 0.2 * avg(l_quantity) from lineitem where l_partkey = p_partkey)""",
    18: """select c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) from customer, orders, lineitem
        where o_orderkey in (select l_orderkey from lineitem group by 1 having sum(l_quantity) > 300) and c_custkey = o_custkey
        and o_orderkey = l_orderkey group by all order by o_totalprice desc, o_orderdate limit 100""",
    19: f"""select {REVENUE} from lineitem, part where p_partkey = l_partkey and l_shipmode in ('AIR', 'AIR REG')
        and l_shipinstruct = 'DELIVER IN PERSON' and ((p_brand = 'Brand#12' and p_container in ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG')
        and l_quantity between 1 and 11 and p_size between 1 and 5) or (p_brand = 'Brand#23' and p_container in ('MED BAG', 'MED BOX',
        'MED PKG', 'MED PACK') and l_quantity between 10 and 20 and p_size between 1 and 10) or (p_brand = 'Brand#34'
        and p_container in ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG') and l_quantity between 20 and 30 and p_size between 1 and 15))""",
    20: """select s_name, s_address from supplier, nation where s_nationkey = n_nationkey and n_name = 'CANADA' and s_suppkey in
        (select ps_suppkey from partsupp where ps_partkey in (select p_partkey from part where p_name like 'forest%')
        and ps_availqty > (select 0.5 * sum(l_quantity) from lineitem where l_partkey = ps_partkey and l_suppkey = ps_suppkey
        and l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01')) order by 1""",
    21: """select s_name, count(*) n from supplier, lineitem late, orders, nation where s_suppkey = late.l_suppkey
        and o_orderkey = late.l_orderkey and o_orderstatus = 'F' and late.l_receiptdate > late.l_commitdate
        and exists (from lineitem o where o.l_orderkey = late.l_orderkey and o.l_suppkey <> late.l_suppkey)
        and not exists (from lineitem o where o.l_orderkey = late.l_orderkey and o.l_suppkey <> late.l_suppkey
        and o.l_receiptdate > o.l_commitdate) and s_nationkey = n_nationkey and n_name = 'SAUDI ARABIA'
        group by all order by n desc, s_name limit 100""",
    22: """with rich as (select c_custkey, c_phone[1:2] code, c_acctbal from customer where code in ('13', '31', '23', '29', '30', '18', '17'))
        select code, count(*), sum(c_acctbal) from rich where c_acctbal > (select avg(c_acctbal) from rich where c_acctbal > 0)
        and not exists (from orders where o_custkey = c_custkey) group by all order by 1""",
}


def shown(value):
    """Sums of doubles depend on the order in which they are added: 12 digits of them are the same."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def load(con, folder):
    """Makes the tables."""
    for table in TABLES:
        con.execute(f"create table {table} as from read_parquet('{folder}/{table}.parquet')")


def main(folder, *flags):
    con = duckdb.connect(config={"threads": 1})
    load(con, folder)
    for number, question in QUESTIONS.items():
        begin = time.perf_counter()
        rows = con.execute(question).fetchall()
        seconds = time.perf_counter() - begin
        text = "\n".join("|".join(map(shown, row)) for row in rows)
        line = f"{number} {len(rows)} {hashlib.sha256(text.encode()).hexdigest()[:16]}"
        print(f"{line} {seconds:.4f}" if "--times" in flags else line, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
