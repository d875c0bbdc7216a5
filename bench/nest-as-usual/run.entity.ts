import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A row of the table that the limit has too. */
@Entity('runs')
export class Run {
  @PrimaryGeneratedColumn('uuid')
  declare id: string;

  @Column('text')
  declare connection: string;

  @Column('text')
  declare definition: string;

  @Column('text', { name: 'subject_type' })
  declare subjectType: string;

  @Column('text', { name: 'subject_id' })
  declare subjectId: string;

  @Column('jsonb')
  declare variables: Readonly<Record<string, string>>;

  @Column('text', { name: 'business_key', nullable: true })
  declare businessKey: string | null;

  @Column('text', { array: true })
  declare tags: string[];

  @Column('text', { name: 'run_id' })
  declare runId: string;

  @Column('text')
  declare state: 'starting' | 'running';

  @Column('text', { name: 'native_id', nullable: true })
  declare nativeId: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  declare createdAt: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  declare startedAt: Date | null;
}
